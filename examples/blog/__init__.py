"""A small blog: posts, likes, comments and covers in one SQLite file, served as actions and as pages."""
