"""The page at ``{prefix}/`` that shows developers what is served, in apps in debug mode."""
