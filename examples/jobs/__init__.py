"""The application form of a job: a long form of one's own markup, in two languages, with and without JavaScript."""
