"""A guest book whose pages htmx keeps alive, beside ``client.js``: both send the same forms to the same actions."""
