"""Forms on pages that need no script: a post to a page runs an action, and the page shows what came of it."""
