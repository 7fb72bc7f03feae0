"""Form fields, both directions: ``encode`` for callers; ``tree`` and ``plan`` for the server."""
