# ruff: noqa
from . import blog as blog
