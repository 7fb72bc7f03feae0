# ruff: noqa
from . import shop as shop
