"""Classes that people put into annotations by mistake: responses, errors, and types of other frameworks.

Each has a message of its own, since "no form in JSON" would not lead to what is meant.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Mapping
from typing import Any, Final, LiteralString

from .._definition_error import Problem
from .containers import UNREAD

_RESPONSE: Final = Problem(
    "a response is what the library makes of the output.",
    "Return the value itself, '-> dict[str, int]'. Headers and cookies are set on the context; "
    "other outcomes are Redirect, Download and raised errors.",
)
_RESULT: Final = Problem(
    "Ok and Err are what callers of .safe get.",
    "Return the value itself, and raise errors: raises=[...].",
)
_ERROR: Final = Problem(
    "an error is raised, not returned.",
    "Raise it in the handler, and declare it: raises=[...].",
)
_OPEN_FILE: Final = Problem(
    "an open file does not travel.",
    "Annotate the output '-> Download', and return Download(path) or Download(bytes).",
)
_UPLOAD: Final = Problem("an open file does not travel.", "Take it as an UploadedFile of sanic_actions.")
_FOREIGN_UPLOAD: Final = Problem(
    "it is the uploaded file of another framework, which nothing here makes.",
    "Take it as an UploadedFile of sanic_actions.",
)
_FOREIGN_REQUEST: Final = Problem(
    "it is the request of another framework.",
    "Take 'request: Request' of sanic, or 'context: ActionContext' of sanic_actions.",
)
_UPLOADS: Final = (
    ("aiohttp.web_request", "FileField"),
    ("django.core.files.base", "File"),
    ("fastapi.datastructures", "UploadFile"),
    ("litestar.datastructures.upload_file", "UploadFile"),
    ("starlette.datastructures", "UploadFile"),
    ("tornado.httputil", "HTTPFile"),
    ("werkzeug.datastructures.file_storage", "FileStorage"),
)
"""The files of other frameworks. Some have a schema for pydantic, but no caller can send one."""
_OUTPUTS: Final[Mapping[tuple[str, str], Problem]] = {
    ("sanic.response.types", "BaseHTTPResponse"): _RESPONSE,
    ("sanic.response.types", "ResponseStream"): _RESPONSE,
    ("sanic_actions._results", "Ok"): _RESULT,
    ("sanic_actions._results", "Err"): _RESULT,
    ("builtins", "BaseException"): _ERROR,
    ("_io", "_IOBase"): _OPEN_FILE,
    ("typing", "IO"): _OPEN_FILE,
    ("sanic.request.form", "File"): _OPEN_FILE,
    ("starlette.responses", "Response"): _RESPONSE,
    **dict.fromkeys(_UPLOADS, _OPEN_FILE),
}
_INPUTS: Final[Mapping[tuple[str, str], Problem]] = {
    ("_io", "_IOBase"): _UPLOAD,
    ("typing", "IO"): _UPLOAD,
    ("sanic.request.form", "File"): Problem(
        "it is Sanic's own File.",
        "Take it as an UploadedFile of sanic_actions.",
    ),
    ("starlette.requests", "HTTPConnection"): _FOREIGN_REQUEST,
    **dict.fromkeys(_UPLOADS, _FOREIGN_UPLOAD),
}
_ALWAYS: Final[Mapping[tuple[str, str], Problem]] = {
    ("pydantic.v1.main", "BaseModel"): Problem(
        "it is a model of pydantic.v1, which the second version cannot read.",
        "Inherit from pydantic.BaseModel.",
    ),
    ("sanic_actions._limits", "Limits"): Problem(
        "limits are an option of an action, not a type.",
        "Write @action(limits=Limits(...)).",
    ),
    ("sanic_actions._results", "Event"): Problem(
        "an Event is an item of a stream.",
        "Annotate the output '-> AsyncIterator[Event[int]]', with the type of an item, and yield events.",
    ),
}


def misplaced_problem(target: Any, *, is_input: bool) -> Problem | None:
    """Return the problem of a class that a handler can neither take nor return, with a remedy."""
    if not isinstance(target, type):
        return None
    by_direction = _INPUTS if is_input else _OUTPUTS
    for kind in target.__mro__:
        name = kind.__module__, kind.__name__
        problem = _ALWAYS.get(name) or by_direction.get(name)
        if problem is not None:
            return problem
    return None


def nearest_type(target: Any, *, is_input: bool) -> str | None:
    """Return what to write instead of an abstract type such as ``Iterable``; else None."""
    if is_input:
        return _NEAREST_INPUTS.get(target)
    return _NEAREST_OUTPUTS.get(target)


_ITERATORS: Final = (abc.Iterator, abc.Generator, abc.AsyncIterable, abc.AsyncIterator, abc.AsyncGenerator)
_ALWAYS_NEAREST: Final[Mapping[Any, str]] = {
    **dict.fromkeys((abc.Awaitable, abc.Coroutine), "Write the type of what it gives when it is awaited."),
    LiteralString: "Write str, or Literal['a', 'b'].",
}
_NEAREST_INPUTS: Final[Mapping[Any, str]] = {
    **_ALWAYS_NEAREST,
    **dict.fromkeys(UNREAD, "Write list[...] or collections.abc.Sequence[...]."),
    **dict.fromkeys(_ITERATORS, "Write list[...]: an input arrives as a whole."),
}
_NEAREST_OUTPUTS: Final[Mapping[Any, str]] = {
    **_ALWAYS_NEAREST,
    **dict.fromkeys(UNREAD, "Write list[...], or yield the items one by one: '-> Iterator[...]'."),
    **dict.fromkeys(_ITERATORS, "Write list[...]: only the output as a whole can be a stream."),
}
