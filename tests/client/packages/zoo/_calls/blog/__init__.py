# ruff: noqa
from __future__ import annotations

from sanic_actions import generated as _client
from sanic_actions.generated import submodules

from ... import _calls
from ... import models as _models

_M = None
__getattr__ = submodules(__name__, "admin")


class Blog(_client.Calls[_M]):
    admin: _calls.blog.admin.Admin[_M]

    @_client.call(form=True)
    def comment(
        self, /, *, author: str, body: str, topics: list[str] = ..., address: _models.shop.Address | None = None
    ) -> str:
        """Comment on a post."""

    @_client.call(form=True, files=True)
    def upload(
        self, /, *, title: str, photo: _client.File, more: list[_client.File] = ..., cover: _client.File | None = None
    ) -> list[str]: ...

    @_client.call(files=True)
    def note(self, /, *, text: str, attachment: _client.File | None = None) -> str: ...
