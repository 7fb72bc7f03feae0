"""One request, from method to answer.

The law of this file is the order of the checks, which no mount, middleware or setting can change:

    method -> name -> origin -> guards -> media type -> size -> decode -> validate -> handler -> output -> mask
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import CoroutineType
from typing import Any, Final, TypeGuard

from sanic import HTTPResponse, Request

from .._errors import NO_SUCH_ACTION, ActionError
from ._call.body import arrived_body, body_chunks, has_arrived, media_type, no_content_type, read_body
from ._call.context import ActionContext, put_on
from ._call.deadline import HEADER as DEADLINE
from ._call.deadline import before_deadline
from ._call.endpoint import Endpoint
from ._call.fingerprint import body_fingerprint, form_fingerprint
from ._call.idempotency import OnceCalls, key_of
from ._call.origin import NOBODY, Origins, check_origin
from ._call.problems import error_response, masked_response, methods_response, result_response
from ._form_body import URLENCODED, FormBody, read_form, urlencoded_form
from ._inject import run_guards
from ._openapi.document import OPENAPI_NAME, Describe, describer
from ._script import SCRIPT_NAME, script_response

Dispatch = Callable[..., Coroutine[Any, Any, HTTPResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a blueprint was told.

    Attributes:
        trusted: Foreign origins that may call.
        redirects: Foreign origins that a page may be redirected to.
        seconds: How long a small body may take to arrive.
        once: The calls with a key.
        openapi: Whether the actions are described to everybody.
    """

    trusted: Origins = NOBODY
    redirects: Origins = NOBODY
    seconds: float = 30.0
    once: OnceCalls = field(default_factory=OnceCalls)
    openapi: bool = False


def dispatcher(actions: Mapping[str, Endpoint], settings: Settings) -> Dispatch:
    """The request handler of a blueprint; a closure, since ``Blueprint.copy()`` would copy an object."""
    describe = describer({name: served.entry for name, served in actions.items()}) if settings.openapi else None

    async def dispatch(request: Request[Any, Any], name: str = "", **_: object) -> HTTPResponse:
        action, context = None, None
        try:
            if request.method != "POST":
                return _other_method(request, name, describe)
            if (action := actions.get(name)) is None:
                raise ActionError("NOT_FOUND", NO_SUCH_ACTION)
            check_origin(request, settings.trusted)
            context = ActionContext(request, name=name, called_from="rpc") if action.takes_context else None
            injected = await run_guards(action.entry, context) if action.is_guarded and context else _NOTHING
            if action.gate is not None:
                action.gate.check(context)
            answering = _answer(action, request, context, injected, settings)
            deadline = request.headers.get(DEADLINE)
            response = await (answering if deadline is None else before_deadline(deadline, answering))
        except ActionError as error:
            response = error_response(error, action)
        except BaseException as error:
            if ends_the_task(error):
                raise
            response = masked_response(error, action)
        if context is not None:
            put_on(response, context)
        return response

    return dispatch


def _other_method(request: Request[Any, Any], name: str, describe: Describe | None) -> HTTPResponse:
    if name == SCRIPT_NAME and request.method in ("GET", "HEAD"):
        return script_response(request)
    if name == OPENAPI_NAME and request.method in ("GET", "HEAD") and describe is not None:
        return result_response(describe(request.path.rpartition(f"/{OPENAPI_NAME}")[0], request.app.name))
    if request.method == "OPTIONS":
        return methods_response()
    return error_response(ActionError("METHOD_NOT_ALLOWED", "Actions are called with POST."), None)


def ends_the_task(error: BaseException) -> bool:
    """Whether the task itself is to end; a handler may also fail with the cancellation of something it waited for."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is None or task.cancelling() > 0
    return isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


async def _answer(
    action: Endpoint,
    request: Request[Any, Any],
    context: ActionContext | None,
    injected: Mapping[str, object],
    settings: Settings,
) -> HTTPResponse:
    """Read the input, call the handler and write its output, for which the files of a form may still be needed."""
    key = key_of(request) if action.once else None
    encoding, content_type = media_type(request, action.accepts)
    if encoding == "form":
        form = await _form(action, request, content_type, settings.seconds)
        handed_over = False
        try:
            value = action.decode_form(form.fields, form.files)
            if key is None:
                result = started(action, value, request, context, injected)
                return result_response(action.encode(await result if is_waiting(result) else result))
            digest = await form_fingerprint(form)
            run = partial(call, action, value, request, context, injected)
            handed_over = True
            return await settings.once.answer(action, request, run, key=key, digest=digest, form=form)
        finally:
            if not handed_over:
                form.close()
    body = await read_body(request, action.limit, settings.seconds)
    if encoding is None and body:
        raise no_content_type(action.accepts)
    value = action.decode(body) if "json" in action.accepts else action.decode_form([], [])
    if key is None:
        result = started(action, value, request, context, injected)
        return result_response(action.encode(await result if is_waiting(result) else result))
    run = partial(call, action, value, request, context, injected)
    return await settings.once.answer(action, request, run, key=key, digest=body_fingerprint(body))


async def _form(action: Endpoint, request: Request[Any, Any], content_type: str, seconds: float) -> FormBody:
    """The controls of a form; most are small and have arrived: reading them in steps makes the call 6 % slower."""
    if content_type == URLENCODED and has_arrived(request, action.limit):
        return urlencoded_form(await arrived_body(request), action.form_limits)
    return await read_form(body_chunks(request, action.limit, seconds), content_type, action.form_limits)


async def call(
    action: Endpoint,
    value: Any,
    request: Request[Any, Any],
    context: ActionContext | None,
    injected: Mapping[str, object],
) -> object:
    """Call the handler with its input and what is injected, and wait for it if it is async."""
    result = started(action, value, request, context, injected)
    return await result if is_waiting(result) else result


def started(
    action: Endpoint,
    value: Any,
    request: Request[Any, Any],
    context: ActionContext | None,
    injected: Mapping[str, object],
) -> Any:
    """What the handler gives, which may have to be waited for."""
    if action.gate is not None:
        return action.gate.call(lambda: action.invoke(value, request, context, injected), context)
    return action.invoke(value, request, context, injected)


def is_waiting(result: object) -> TypeGuard[Awaitable[object]]:
    """Whether a result has to be waited for; a coroutine is the frequent case, and quickly seen."""
    return type(result) is CoroutineType or inspect.isawaitable(result)


_NOTHING: Final[Mapping[str, object]] = {}
