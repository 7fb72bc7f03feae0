"""The entrance of calls over HTTP: ``POST {prefix}/{name}``, and the rest below the prefix."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final

from sanic import HTTPResponse, Request

from .._context import ActionContext
from .._errors import ActionError
from .._observers import Observer, ServerObservedCall
from .._problem_types import NO_SUCH_ACTION, refusal
from ._call.body import media_type, no_content_type, read_body, read_sent_form
from ._call.call import answer
from ._call.contract_check import HEADER, ContractCheck
from ._call.endpoint import Endpoint
from ._call.entrance import Repetition, ServerCall
from ._call.idempotency import key_of
from ._call.origin import ORIGIN, SITE, check_origin
from ._call.origin_report import report_origin
from ._call.outcome import Outcome
from ._call.site import NAME
from ._call.unsubmitted import asks_only, refuse_changed, touched_fields
from ._event_sink import EventSink
from ._file_sink import FileSink
from ._host import Answer, has_arrived, read_at_hand
from ._openapi.document import CONTRACT_NAME, OPENAPI_NAME, UNVERSIONED, describer
from ._own_address import public_prefix
from ._preflight import MethodsAnswer
from ._response import response_to, response_to_check
from ._script import SCRIPT_NAMES, script_response
from ._sink import dropped_answer, has_answered

logger: Final = logging.getLogger("sanic_actions")

MAX_PATH: Final = 200
"""Characters of the path of an unknown name that the log repeats."""

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]
AnyRequest = Request[Any, Any]
Documents = dict[str, Callable[[AnyRequest, str], bytes]]
"""What is answered to GET, by name: from the request and the prefix of the actions to JSON."""


class HttpEntrance:
    """Calls over HTTP: the name is a part of the path, the input is JSON or a form.

    Args:
        endpoints: The actions of a blueprint.
        check: Marks answers to callers with another contract.
        observer: Who is told of its calls.
    """

    masks = True

    def __init__(
        self, endpoints: Mapping[str, Endpoint], check: ContractCheck, observer: Observer | None = None
    ) -> None:
        self._endpoints = endpoints
        self._check = check
        self.observer = observer

    def observed(self, call: ServerCall) -> ServerObservedCall:
        """Return the call as observers see it; see ``Entrance``, likewise below."""
        # By position: arguments by name cost the making of an object 0.2 µs.
        if call.name in self._endpoints:
            return ServerObservedCall(call.name, "rpc", call.request.headers)
        return ServerObservedCall("", "rpc", call.request.headers)

    def find(self, call: ServerCall) -> Endpoint:
        """Return the action of a name."""
        if call.request.method != "POST":
            raise ActionError("METHOD_NOT_ALLOWED", "Actions are called with POST.")
        endpoint = self._endpoints.get(call.name)
        if endpoint is None:
            # No warning: callers choose the names, and how many there are.
            path = call.request.path[:MAX_PATH]
            logger.debug("A call of %r: there is no action of this name.", path)
            raise refusal("no-such-action", "NOT_FOUND", NO_SUCH_ACTION)
        return endpoint

    def check_origin(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Refuse requests from pages of foreign origins that are not trusted."""
        headers = call.request.headers
        if ORIGIN not in headers and SITE not in headers:  # programs that are not browsers send neither
            return
        try:
            check_origin(call.request, endpoint.settings.trusted)
        except ActionError as error:
            report_origin(call, endpoint, error)
            raise

    def context(self, call: ServerCall, endpoint: Endpoint) -> ActionContext | None:
        """Return a context if a guard, an interceptor or the handler takes one."""
        if endpoint.takes_context:
            return ActionContext(call.request, call.name, "rpc")
        return None

    async def read(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Read JSON or a form, as the Content-Type says."""
        request = call.request
        encoding, content_type = media_type(request, endpoint.accepts)
        if encoding == "form":
            call.form = form = await read_sent_form(request, endpoint, content_type, endpoint.form_limits)
            refuse_changed(call, form.fields)
            call.input = endpoint.decode_form(form.fields, form.files)
            return
        if has_arrived(request, endpoint.max_body):
            body = await read_at_hand(request) or b""
        else:
            body = await read_body(request, endpoint.max_body, endpoint.settings.seconds)
        if encoding is None and body:
            raise no_content_type(endpoint.accepts)
        call.body = body
        if body:
            call.input = endpoint.decode_json(body)
        elif "json" in endpoint.accepts:
            call.input = endpoint.decode_nothing()
        else:
            call.input = endpoint.decode_form([], [])

    def sink(self, call: ServerCall, endpoint: Endpoint) -> EventSink:
        """Return what sends items as server-sent events."""
        return EventSink(call, partial(self._check.mark, call.request, call.name))

    def file_sink(self, call: ServerCall, endpoint: Endpoint) -> FileSink:
        """Return what sends a file as it is."""
        return FileSink(call, partial(self._check.mark, call.request, call.name))

    def repetition(self, call: ServerCall, endpoint: Endpoint) -> Repetition | None:
        """Return the idempotency key of a call, where the action promises to run once for it."""
        if endpoint.once:
            key = key_of(call.request)
        else:
            key = None
        if key is None:
            return None
        return Repetition(kind="call", key=key)


def http_handler(
    endpoints: Mapping[str, Endpoint],
    check: ContractCheck,
    *,
    openapi: bool,
    contract: bool,
    observer: Observer | None = None,
) -> Handler:
    """Return the request handler of a blueprint; a closure, as ``Blueprint.copy()`` copies."""
    entrance = HttpEntrance(endpoints, check, observer)
    entries = {name: endpoint.entry for name, endpoint in endpoints.items()}
    documents: Documents = {}
    if openapi:
        settings = next(iter(endpoints.values())).settings
        describe = describer(entries, settings.limits, check.version or UNVERSIONED)
        documents[OPENAPI_NAME] = lambda request, prefix: describe(prefix, request.app.name, public_prefix(request))
    if contract:
        documents[CONTRACT_NAME] = lambda request, prefix: check.document(request.app.name)

    # No parameter of its own beside the request: sanic-ext would put a constant of that name in its
    # place.
    async def handle(request: AnyRequest, /, **parameters: object) -> HTTPResponse | None:
        name = request.match_info.get(NAME, "")
        if request.method != "POST":
            document = _document(request, name, documents)
            if document is not None:
                return document
        call = ServerCall(request, name)
        try:
            outcome = await answer(call, entrance)
        except asyncio.CancelledError as error:
            return dropped_answer(call, error)
        if call.sink is not None and await has_answered(call, outcome):
            del outcome  # as below
            return None
        response = _response(call, outcome)
        del outcome  # the traceback of an error in it leads to this frame, and both would wait for the collector
        if HEADER in request.headers and request.method == "POST":
            check.mark(request, name, response)
        return response

    return handle


def _response(call: ServerCall, outcome: Outcome) -> HTTPResponse:
    """Return what answers a call; of a form to be checked, what is wrong with its fields."""
    if outcome.error is None or not asks_only(call.request):
        return response_to(call, outcome)
    paths = set() if call.form is None else touched_fields(call.form.fields)
    return response_to_check(call, outcome, paths or None)


def _document(request: AnyRequest, name: str, documents: Documents) -> HTTPResponse | None:
    """Return the answer to what is not a call: the script, descriptions, a list of methods."""
    if request.method in ("GET", "HEAD"):
        if name in SCRIPT_NAMES:
            return script_response(request, name)
        if name in documents:
            prefix = request.path.rpartition(f"/{name}")[0]
            return Answer(documents[name](request, prefix), 200, "application/json")
    if request.method == "OPTIONS":
        return MethodsAnswer(request)
    return None
