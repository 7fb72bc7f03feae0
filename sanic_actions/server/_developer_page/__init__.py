"""The page at ``{prefix}/`` that shows developers what is served; only apps that run in debug mode have it."""
