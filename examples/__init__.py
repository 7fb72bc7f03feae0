"""A blog that serves actions, a script and a service that call them, and a tour through all of it."""
