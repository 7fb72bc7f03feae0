"""Checks of actions beyond their definition, for the command line and for the tests of an app.

Each file is one check. It returns problems or findings as values, and the caller prints them.
"""
