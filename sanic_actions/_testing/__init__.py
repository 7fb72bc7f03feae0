"""The room behind ``sanic_actions.testing``."""
