"""Forms on pages without a script: a post to a page runs an action, and the page shows it."""
