"""Turn responses into outputs and errors: pure functions that both clients share.

200, 204                      the output, decoded against the declared type
application/problem+json      the error that it describes
anything else                 CallError, cause "protocol": something other than an action answered
no answer                     CallError without a status, cause "connect" or "timeout"

Nothing that a server sends makes these functions raise anything but an ``ActionError``.
"""

from __future__ import annotations

from .._error_facts import set_answer
from .._errors import CODE_OF, STATUS, ActionError, CallError, InputError, Issue, restore_error
from .._problem_types import NO_SUCH_ACTION
from ._transport import AuthFailed, BadResponse, NotSent, Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from .._literals import Cause, Code
    from ._plan import Plan
    from ._retries import Attempts

MAX_PROBLEM: Final = 2**20
"""Bytes of a problem that are read. Parsed, ``[{},{},…`` takes fifty times its size in memory."""
MAX_QUOTE: Final = 200
"""Characters of a header that a message repeats."""

_JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_MISSING_ACTION: Final = "urn:sanic-actions:no-such-action"
IN_PROCESS: Final = (
    "An app in this process is called through sanic_actions.testing, which starts it: "
    "'with local(app, Client) as client', or 'async with local(app, AsyncClient) as client'."
)
_OF_UNSTARTED: Final = ("after the app has started", "'ASGITransport' object", "Sanic.__call__()")
"""The message for a Sanic app that is called through httpx2's transport for ASGI or WSGI."""

_CHECK_URL: Final = "Check that the base URL leads to the app and its actions."
_ADVICE: Final = {
    401: "Pass credentials with headers=... or auth=...",
    403: "Pass credentials with headers=... or auth=..., or ask whoever runs the server.",
    407: "Pass credentials for the proxy.",
    413: "The request is larger than the server, or a proxy before it, allows.",
    429: "Call less often.",
    502: "A proxy has no working server behind it.",
    503: "Try again later.",
    504: "A proxy waited too long for the server.",
}


def read(plan: Plan, request: Request, response: Response) -> Any:
    """Return the output of the action.

    Raises:
        ActionError: The action failed, or something else than an action answered.
    """
    headers = response.headers
    # What our servers send is compared as it is; only other answers are taken apart.
    is_json = headers.get("content-type") == _JSON or _media_type(response) == _JSON
    if response.status == 200 and is_json and ("content-encoding" not in headers or not _is_coded(response)):
        return _output(plan, response.body, request, response)
    if response.status == 204:
        return _output(plan, b"null", request, response)
    if _media_type(response) == _PROBLEM and (problem := _problem(response)):
        raise _problem_error(plan, problem, request, response)
    raise _foreign_error(request, response)


def _output(plan: Plan, body: bytes, request: Request, response: Response) -> Any:
    try:
        return plan.decode(body)
    except Exception as error:  # validators of shared classes may raise anything
        content = "no content" if response.status == 204 else "an output"
        raise _misfit_error(f"{content} that does not fit the declared type", error, request, response) from error


def failure(error: Exception, request: Request, attempts: Attempts | None = None) -> CallError:
    """Return the error of a request, its last attempt, that the transport left unanswered."""
    reason = str(error) or type(error).__name__
    if isinstance(error, BadResponse):
        message = f"What came from {request.url} is not an answer of an action: {reason}."
        code = CODE_OF.get(error.status or 0, "BAD_GATEWAY")
        return CallError(code, message, status=error.status, cause="protocol", request=request)
    # A TimeoutError is an OSError too, and those are lost connections below.
    if isinstance(error, TimeoutError):
        if attempts is None:
            seconds = request.timeout
        else:
            seconds = attempts.seconds
        message = (
            f"No answer from {request.url} within {seconds:g} seconds; the action may have run all "
            "the same. Allow more time with with_options(timeout=...)."
        )
        return unanswered("GATEWAY_TIMEOUT", "timeout", message, request)
    if isinstance(error, AuthFailed):
        message = f"{request.url} was not called: {reason}."
        return unanswered("PRECONDITION_FAILED", "configuration", message, request)
    return unanswered("SERVICE_UNAVAILABLE", "connect", _connection_message(error, request.url, reason), request)


def _connection_message(error: Exception, url: str, reason: str) -> str:
    """Return what to say where a connection has given no answer: it was never there, was lost, or is none."""
    if not isinstance(error, OSError):
        message = f"The transport failed before there was an answer from {url}: {error!r}."
        if any(words in reason for words in _OF_UNSTARTED):
            return f"{message} {IN_PROCESS}"
        return message
    if not isinstance(error, NotSent):
        return (
            f"The connection to {url} was lost before there was an answer ({reason}); the "
            "action may have run all the same. Check that the server runs."
        )
    message = f"No answer from {url}: {reason}. Check that the server runs and that the base URL is right."
    if url.startswith("https:") and "ssl" in reason.lower():
        message += " For a server without TLS it begins with http://."
    return message


def unanswered(code: Code, cause: Cause, message: str, request: Request | None = None) -> CallError:
    """Return the error for a call that got no answer."""
    return CallError(code, message, cause=cause, request=request)


def _problem_error(
    plan: Plan,
    problem: Mapping[str, Any],
    request: Request,
    response: Response,
) -> ActionError:
    """Return the error that a problem describes: an invalid input, a declared one, or any other."""
    code, message = problem["code"], _string(problem.get("detail"))
    if code == "BAD_REQUEST" and isinstance(problem.get("issues"), list):
        return set_answer(InputError(_issues(problem["issues"]), message), response)
    if declaration := plan.errors.get(_string(problem.get("error"))):
        cls, codec = declaration
        try:
            fields = codec.decode(_as_json(problem.get("data", {})))
        except Exception as error:
            return _misfit_error(f"{cls.__name__} with other fields than declared", error, request, response)
        return set_answer(restore_error(cls, cls._class_code or code, message, fields), response)
    # Servers of earlier versions have no types, and are known by their sentence.
    if problem.get("type") == _MISSING_ACTION or message == NO_SUCH_ACTION:
        message = f"{NO_SUCH_ACTION} {_advice_on_url(request.url)}"
        if message.endswith(_CHECK_URL):
            message += (
                " If it does, the server no longer has the action: install the version of this "
                "package that belongs to the server, or run 'sanic-actions generate' where it is "
                "generated."
            )
    name = _string(problem.get("id")) or None
    return CallError(code, message, status=response.status, id=name, request=request, response=response)


def _foreign_error(request: Request, response: Response) -> CallError:
    """Return the error for an answer that does not come from an action: a proxy's, a login page."""
    status = response.status
    answer = f"{status} {_quoted(_media_type(response)) or 'without a content type'}"
    advice = _ADVICE.get(status) or _advice_on_url(request.url)
    if 300 <= status < 400:
        answer = f"a redirect ({status}) to {_quoted(response.headers.get('location', 'nowhere'))!r}"
        advice = (
            "Redirects are never followed: use the address behind it as base URL; if it is a "
            "login, pass headers=... or auth=..."
        )
    elif _is_coded(response):
        coding = _quoted(response.headers["content-encoding"])
        advice = f"It is coded as {coding!r}, though the client asked for none."
    elif len(response.body) > MAX_PROBLEM and _media_type(response) == _PROBLEM:
        advice = f"It has {len(response.body)} bytes, and no more than {MAX_PROBLEM} of a problem are read."
    elif name := _capital_name(response):
        advice = f"The transport gives the header {name!r}, and a transport gives names in lower case."
    message = f"What came from {request.url} is not an answer of an action: {answer}. {advice}"
    code = CODE_OF.get(status, "BAD_GATEWAY")
    return CallError(code, message, status=status, cause="protocol", request=request, response=response)


def _capital_name(response: Response) -> str | None:
    """Return a header name that is not in lower case, if a transport of the user's gives any."""
    return next((_quoted(name) for name in response.headers if name != name.lower()), None)


def _advice_on_url(url: str) -> str:
    """Return what to check where the URL leads to none of our actions."""
    path = url.rpartition("/")[0]
    prefix = path[path.rfind("/") :]
    if path.endswith(prefix * 2):
        return f"The URL holds {prefix!r} twice: leave it out of the base URL, the client adds it."
    return _CHECK_URL


def _misfit_error(
    content: str,
    error: Exception,
    request: Request,
    response: Response,
) -> CallError:
    """Return the error for an answer of an action that does not fit what this client declares."""
    message = f"{request.url} answered {response.status} with {content}: {_reasons(error)}."
    code = CODE_OF.get(response.status, "BAD_GATEWAY")
    return CallError(code, message, status=response.status, cause="protocol", request=request, response=response)


def _problem(response: Response) -> Mapping[str, Any] | None:
    """Return the members of a problem that an action wrote, else None."""
    from pydantic_core import from_json  # loaded with the first call, not with the client

    if len(response.body) > MAX_PROBLEM:
        return None
    try:
        problem = from_json(response.body)
    except ValueError:
        return None
    is_ours = isinstance(problem, dict) and isinstance(problem.get("code"), str) and problem["code"] in STATUS
    return problem if is_ours else None


def _as_json(value: object) -> bytes:
    from pydantic_core import to_json

    return to_json(value)


def _issues(items: list[Any]) -> list[Issue]:
    issues = [item for item in items if isinstance(item, dict)]
    return [Issue(_string(i.get("path")), _string(i.get("message")), _string(i.get("type"))) for i in issues]


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_coded(response: Response) -> bool:
    return response.headers.get("content-encoding", "identity").strip().lower() != "identity"


def _reasons(error: Exception) -> str:
    """Return what did not fit and where, without the full stop at its end."""
    if isinstance(error, InputError) and error.issues:
        return "; ".join(str(issue) for issue in error.issues[:3]).rstrip(".")
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return _quoted(f"{type(error).__name__}: {error}")


def _quoted(string: str) -> str:
    return string if len(string) <= MAX_QUOTE else f"{string[:MAX_QUOTE]}…"


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
