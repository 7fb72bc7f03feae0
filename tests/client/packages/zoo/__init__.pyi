# ruff: noqa
import datetime as _datetime
import decimal as _decimal
from typing import TypeVar as _TypeVar

import pydantic as _pydantic

from sanic_actions import generated as _client

from . import _calls
from . import models as _models

_M = _TypeVar("_M", covariant=True)

class _Root(_client.Calls[_M]):
    blog: _calls.blog.Blog[_M]

    @_client.call
    def like(self, /, *, post_id: str) -> _models.shop.Likes:
        """Like a post."""

    @_client.raises(_models.shop.OutOfStock, _models.shop.Forbidden)
    def buy(self, /, *, sku: str, count: int = 1) -> _models.shop.Receipt:
        """Buy something."""

    @_client.call
    def echo(
        self,
        /,
        *,
        at: _datetime.datetime,
        price: _decimal.Decimal,
        tags: set[str],
        span: _datetime.timedelta,
        by_id: dict[int, _models.shop.Colour],
        raw: bytes,
        wire: int = ...,
    ) -> _models.shop.Zoo: ...
    @_client.call
    def area(self, shape: _models.shop.Circle | _models.shop.Square, /) -> float: ...
    @_client.call
    def ping(self, /) -> None: ...
    @_client.call
    def maybe(self, /, *, self_: int = ...) -> str | None: ...
    @_client.call
    def keep(_self, /, *, self: str, **extra: int) -> dict[str, int | str]: ...
    @_client.call
    def login(self, /, *, password: _pydantic.SecretStr) -> bool: ...
    @_client.call(idempotent=True)
    def price(self, /, *, sku: str) -> int: ...
    @_client.raises(_models.shop.OutOfStock, once=True)
    def pay(self, /, *, sku: str) -> int: ...
    @_client.call
    def any(self, /, *, value: _pydantic.JsonValue) -> _pydantic.JsonValue: ...
    @_client.call
    def move(self, /, *, to: str) -> _client.Redirect[_models.shop.Likes]: ...

class Client(_Root[_client.Sync], _client.Client): ...
class AsyncClient(_Root[_client.Async], _client.AsyncClient): ...

actions: Client
