# ruff: noqa
from sanic_actions.client import submodules

__getattr__ = submodules(__name__, "blog")
