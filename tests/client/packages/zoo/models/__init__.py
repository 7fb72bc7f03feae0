# ruff: noqa
from sanic_actions.generated import submodules

__getattr__ = submodules(__name__, "shop")
