"""What is wrong with actions beyond their definition: for the command line and the tests of an app.

Each file is one check, which gives problems or findings as values; who asks says them.
"""
