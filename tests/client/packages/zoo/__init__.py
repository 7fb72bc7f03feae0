# ruff: noqa
# The shape of a generated package, written by hand, so that the client is tested apart from the generator.
from __future__ import annotations

from sanic_actions import generated as _client

from . import _calls
from . import models as _models

_builtins = _client.lazy("builtins")
_datetime = _client.lazy("datetime")
_decimal = _client.lazy("decimal")
_pydantic = _client.lazy("pydantic")
_typing = _client.lazy("typing")
_M = None


class _Root(_client.Calls[_M]):
    blog: _calls.blog.Blog[_M]

    @_client.call
    def like(self, /, *, post_id: str) -> _models.shop.Likes:
        """Like a post."""

    @_client.raises("_models.shop.OutOfStock", "_models.shop.Forbidden")
    def buy(self, /, *, sku: str, count: _typing.Annotated[int, _pydantic.Field(gt=0)] = 1) -> _models.shop.Receipt:
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
        wire: _typing.Annotated[int, _pydantic.Field(validation_alias="wireIn", serialization_alias="wireOut")] = ...,
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
    def login(self, /, *, password: _typing.Annotated[_pydantic.SecretStr, _client.Revealed]) -> bool: ...

    @_client.call(idempotent=True)
    def price(self, /, *, sku: str) -> int: ...

    @_client.raises("_models.shop.OutOfStock", once=True)
    def pay(self, /, *, sku: str) -> int: ...

    @_client.call
    def any(self, /, *, value: _pydantic.JsonValue) -> _pydantic.JsonValue: ...

    @_client.call
    def move(self, /, *, to: str) -> _client.Redirect[_models.shop.Likes]: ...


class Client(_Root[_client.Sync], _client.Client):
    _prefix = "/_actions"


class AsyncClient(_Root[_client.Async], _client.AsyncClient):
    _prefix = "/_actions"


def __getattr__(name):
    if name != "actions":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["actions"] = made = Client()
    return made
