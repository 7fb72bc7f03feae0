"""An import that says how far it is, and its report: in the terminal of a nightly job, and on a page."""
