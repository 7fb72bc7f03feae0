# ruff: noqa
from __future__ import annotations

from sanic_actions import generated as _client

_M = None


class Admin(_client.Calls[_M]):
    @_client.call
    def remove(self, /, *, post_id: str) -> int: ...
