"""The context of a call: the request that a handler sees, and the headers and cookies that it adds.

What it adds goes on errors as well as on results, since a failed login may have to delete a cookie.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar, Final, Literal

from sanic import Request, Sanic
from sanic.cookies import Cookie
from sanic.response import HTTPResponse

CalledFrom = Literal["rpc", "form", "local"]
SameSite = Literal["Strict", "Lax", "None"]


class ActionContext:
    """What a handler or a guard sees of the request.

    Attributes:
        request: Sanic's request. Its body belongs to the library: read the handler's input instead.
        name: The dotted name of the action.
        called_from: ``rpc`` for a call over HTTP, ``form`` for a page's form, ``local`` for
            ``call_action``.
        input: The validated input: a dict by parameter name, without what a caller has left out, or
            the value of the declared type in the explicit form. None before it is validated, and
            for an action without input.
    """

    __slots__ = ("_additions", "_state", "called_from", "input", "name", "request")
    # A mark for ``is_context``: the model reads annotations without importing Sanic, which this
    # file needs.
    __sanic_actions_context__: ClassVar[bool] = True

    request: Request[Any, Any]
    name: str
    called_from: CalledFrom
    input: Any

    def __init__(
        self,
        request: Request[Any, Any],
        name: str = "",
        called_from: CalledFrom = "local",
    ) -> None:
        self.request = request
        self.name = name
        self.called_from = called_from
        self.input = None
        # No more than these: each attribute costs every call that takes a context.
        self._state: SimpleNamespace | None = None
        self._additions: Additions | None = None

    @property
    def state(self) -> SimpleNamespace:
        """A free-form namespace in which guards leave what handlers need."""
        if self._state is None:  # made on first use, as most calls have none
            self._state = SimpleNamespace()
        return self._state

    @property
    def app(self) -> Sanic[Any, Any]:
        """The app that serves the request."""
        app: Sanic[Any, Any] = self.request.app
        return app

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers; names in any case."""
        return self.request.headers

    @property
    def cookies(self) -> Mapping[str, str]:
        """The request's cookies by name; the first one, of several of a name."""
        # Sanic keeps a list of values for each name; the browser sends the most specific path first
        # (RFC 6265, 5.4).
        return {name: values[0] for name, values in dict.items(self.request.cookies)}

    @property
    def last_event_id(self) -> str | None:
        """The id of the last item that the caller of a stream has, to go on after it; else None."""
        value: str | None = self.request.headers.get("last-event-id")
        if value is None:
            return None
        # An id travels as UTF-8, and Sanic keeps the bytes that are not as half surrogate pairs,
        # under ASGI too.
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    def set_header(self, name: str, value: str) -> None:
        """Set a header of the answer, be it a result or an error.

        ``Cache-Control`` goes on the result of a call over HTTP, when its own action says it, not
        one that it calls in turn. Errors, streams and what a form leads to stay
        ``private, no-store``.

        Raises:
            ValueError: The name or the value is not valid in a header, or the library sets that
                header itself.
        """
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is not a name of a header.")
        if name.lower() in _OURS:
            raise ValueError(f"The header {name!r} cannot be set here: {_OURS[name.lower()]}")
        _check_text(f"The value of the header {name!r}", value)
        if name.lower() != _CACHING:
            additions_of(self).headers[name.lower()] = value
        elif self.called_from == "rpc":
            additions_of(self).caching = value

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        expires: datetime | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        httponly: bool = True,
        samesite: SameSite | None = "Lax",
    ) -> None:
        """Set a cookie on the answer, be it a result or an error.

        Args:
            name: The cookie's name.
            value: The cookie's value; Sanic quotes characters that cookies do not allow.
            max_age: Seconds until it expires; without this and ``expires`` it ends with the
                browser.
            expires: When it expires; without a zone, by UTC.
            path: Where on the site it is sent.
            domain: The host it is for; this host only when left out.
            secure: Whether it is sent over https only; when left out, whether this request came
                over https.
            httponly: Whether scripts of the page cannot read it.
            samesite: Which requests of other sites carry it.

        Raises:
            ValueError: An argument is not valid in a cookie.
        """
        # Imported here, since the model does not import the server; whoever has a request has
        # loaded it.
        from .server._own_address import is_https

        _check_string(f"The value of the cookie {name!r}", value)
        # Sanic checks the name and quotes the value; it writes these two as they are.
        for attribute, text in (("path", path), ("domain", domain or "")):
            _check_text(f"The {attribute} of the cookie {name!r}", text, forbidden=";")
        if isinstance(expires, datetime) and expires.tzinfo is not None:
            expires = expires.astimezone(UTC)  # Sanic writes the hour as it is, and calls it GMT
        try:
            cookie = Cookie(
                name,
                value,
                max_age=max_age,
                expires=expires,
                path=path,
                domain=domain,
                secure=is_https(self.request) if secure is None else secure,
                httponly=httponly,
                samesite=samesite,
            )
        except KeyError:
            raise ValueError(f"{name!r} is not a name of a cookie.") from None
        except (TypeError, ValueError, AttributeError) as error:  # of max_age, expires and samesite
            raise ValueError(f"The cookie {name!r} cannot be set: {error}.") from None
        # Browsers tell cookies apart by these three (RFC 6265, section 5.3): the last one set
        # replaces the others.
        additions_of(self).cookies[name, path, domain] = cookie

    def delete_cookie(self, name: str, *, path: str = "/", domain: str | None = None) -> None:
        """Make the browser forget a cookie; path and domain must be those it was set with."""
        self.set_cookie(name, "", max_age=0, path=path, domain=domain)


def derived(context: ActionContext, name: str) -> ActionContext:
    """Return the context of a call inside another: cookies, headers and state go to one answer."""
    inner = ActionContext(context.request, name, "local")
    inner._state, inner._additions = context.state, additions_of(context)
    return inner


def is_answered(context: ActionContext) -> bool:
    """Return whether the call came over HTTP or from a page: there is an answer to add to."""
    if context._additions is None:
        return context.called_from != "local"
    return context._additions.is_answered


def has_additions(context: ActionContext) -> bool:
    """Return whether there is anything to add to an answer."""
    additions = context._additions
    return additions is not None and bool(additions.headers or additions.cookies)


def put_on(response: HTTPResponse, context: ActionContext) -> None:
    """Add the headers and cookies of a context to a response, but not its ``Cache-Control``."""
    if context._additions is not None:  # most calls have none
        context._additions.put_on(response)


class Additions:
    """What an action adds to a response: headers and cookies, without the request itself.

    Attributes:
        headers: The headers by their names in lower case.
        caching: The ``Cache-Control`` of a result; None where the action does not say.
        is_answered: Whether the outermost call came over HTTP or from a page.
        cookies: The cookies by name, path and domain.
    """

    __slots__ = ("caching", "cookies", "headers", "is_answered")

    def __init__(self, headers: Mapping[str, str] = {}, *, is_answered: bool = True) -> None:  # only read
        self.headers: dict[str, str] = {**headers}
        self.caching: str | None = None
        self.is_answered = is_answered
        self.cookies: dict[tuple[str, str, str | None], Cookie] = {}

    def put_on(self, response: HTTPResponse) -> None:
        """Add them to a response."""
        for name, value in self.headers.items():
            response.headers[name] = value
        for cookie in self.cookies.values():
            response.headers.add("set-cookie", cookie)


def additions_of(context: ActionContext) -> Additions:
    """Return what an action adds to the response; later additions go to the same object."""
    if context._additions is None:
        context._additions = Additions(is_answered=context.called_from != "local")
    return context._additions


def put_success_on(response: HTTPResponse, context: ActionContext) -> None:
    """Add the headers and cookies of a context to a successful response, and ``Cache-Control``."""
    additions = context._additions
    if additions is None:
        return
    additions.put_on(response)
    if additions.caching is not None:
        response.headers[_CACHING] = additions.caching


def _check_text(subject: str, text: str, forbidden: str = "") -> None:
    _check_string(subject, text)
    if _CONTROL.search(text) or any(char in text for char in forbidden):
        raise ValueError(f"{subject} holds something else than printable text: {text!r:.80}.")


def _check_string(subject: str, value: object) -> None:
    """Refuse what has no bytes in a header; to write it later would end the connection."""
    if not isinstance(value, str):
        raise ValueError(f"{subject} is not a string: {value!r:.80}. Write it as one.")
    if _HALF.search(value):
        raise ValueError(f"{subject} holds half a surrogate pair: {value!r:.80}.")


_CACHING: Final = "cache-control"

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # all but the tab, section 5.5

# Half a surrogate pair, which UTF-8 cannot write.
_HALF: Final = re.compile(r"[\ud800-\udfff]")

_OURS: Final = {
    "connection": "it belongs to the server.",
    "content-length": "it follows from the result.",
    "content-type": "it follows from the result.",
    "set-cookie": "use set_cookie(...).",
    "transfer-encoding": "it belongs to the server.",
    "x-content-type-options": "answers are never to be guessed at.",
}
