# ruff: noqa
from typing import TypeVar as _TypeVar

from sanic_actions import generated as _client

_M = _TypeVar("_M", covariant=True)

class Admin(_client.Calls[_M]):
    @_client.call
    def remove(self, /, *, post_id: str) -> int: ...
