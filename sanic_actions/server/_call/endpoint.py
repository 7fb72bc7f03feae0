"""An action ready to be served: bytes to the handler's arguments, and its result to bytes.

Nothing here is built before the action is first called: a thousand validators would cost a second
at start.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from copy import deepcopy
from functools import cached_property, lru_cache
from typing import Any, Final, get_type_hints

from sanic import Request

from ..._actions import Action, Encoding
from ..._callables import without_deprecation
from ..._context import ActionContext
from ..._defaults import is_immutable
from ..._definition import PARAMETERS_CONFIG
from ..._entry import Entry
from ..._error_maps import ErrorMap
from ..._errors import ActionError, InputError, Issue, error_fields
from ..._files import UploadedFile
from ..._forms.plan import FormPlan
from ..._issues import MAX_ISSUES
from ..._limits import DEFAULTS, Limits
from ..._mismatch import mismatch
from ..._results import Event
from ..._server_mistakes import type_error
from ..._types.fields import Field, parameters_type
from ..._types.output_file import Download
from ..._types.uploads import upload_room
from ..._wire import Codec
from .._form_body import FormBody, FormLimits
from .depth import check_json_depth, check_name_depth
from .limiter import CallLimiter
from .rate import RateLimiter
from .settings import Settings


class Endpoint:
    """An action in its place in a blueprint, ready to be called.

    Attributes:
        entry: The action in its place in the tree.
        name: Its dotted name.
        settings: The settings of the blueprint.
        input: What the action takes; None for an action without input.
        limits: What a call may cost: of the action, else of the blueprint.
        max_body: The largest body in bytes.
        max_issues: How many issues an answer lists, with one that says that there are more.
        form_limits: The most that a form may have.
        page_limits: How far the form of a page is read: beyond ``form_limits``, so that it can be
            shown again with the refusal.
        limiter: What calls pass through, where their number is limited.
        rate_before_guards: What counts calls before the guards, where that is configured.
        rate_after_guards: What counts calls after the guards, where that is configured.
        is_counted: Whether anything counts calls after the guards.
        accepts: How the input may be encoded; anything for an action without input, since there is
            nothing to read.
        accepts_forms: Whether the action says that it accepts forms, so that pages may post to it.
        returns_nothing: Whether it declares no output.
        is_stream: Whether its output arrives item by item.
        has_ids: Whether its items are ``Event`` objects.
        is_download: Whether its output is a ``Download``.
        is_sent_in_parts: Whether it is one or the other.
        surrounds_parts: Whether its interceptors surround these parts, whoever reads them.
        is_guarded: Whether there is anything to do between name and body.
        once: Whether a call with a key runs once for it.
        field_guards: Guards that name fields of the input.
        interceptors: What surrounds the handler, outermost first.
        run: Runs the handler inside of these and gives the outcome; None before the first call.
        is_unlimited: Whether nothing of ours cuts a call of another program, or counts it as it
            runs.
        takes_context: Whether a call needs a context, which others are spared.
    """

    def __init__(self, entry: Entry, settings: Settings) -> None:
        action, definition = entry.action, entry.definition
        self.entry = entry
        self.name = entry.name
        self.settings = settings
        own, outer = entry.limits, settings.limits
        self.limits = limits = outer if own == _NO_LIMITS else own.within(outer)
        self.max_body: int = limits.body or 0
        self.max_issues = (limits.issues or MAX_ISSUES) + 1
        self.form_limits = form_limits(limits)
        self.page_limits = self.form_limits.roomier()
        if limits.concurrent is None:
            self.limiter = None
        else:
            self.limiter = CallLimiter(limits.concurrent)
        self.rate_before_guards = RateLimiter.of(limits, before_guards=True)
        self.rate_after_guards = RateLimiter.of(limits, before_guards=False)
        self.is_counted = self.limiter is not None or self.rate_after_guards is not None
        self.input = definition.input
        self.accepts: tuple[Encoding, ...] = action.accept if self.input else ("json", "form")
        self.accepts_forms = "form" in action.accept
        self.once = action.once
        self.field_guards = entry.plan.field_calls
        self.is_guarded = bool(entry.guards or self.field_guards or definition.injected)
        self.returns_nothing = definition.output is None
        self.is_stream = definition.is_stream
        self.has_ids = definition.has_ids
        self.is_download = definition.is_download
        self.interceptors = entry.plan.interceptors
        self.run: Callable[[Any], Coroutine[Any, Any, Any]] | None = None
        self.is_unlimited = limits.seconds is None and limits.concurrent is None
        self.is_sent_in_parts = self.is_stream or self.is_download
        # Interceptors surround the bytes of a file too, also of one that call_action returns.
        self.surrounds_parts = self.is_stream or (self.is_download and bool(self.interceptors))
        self.takes_context = bool(self.is_guarded or self.interceptors or definition.context is not None)

    @cached_property
    def codec(self) -> Codec[Any]:
        """The codec of the input; for an action without one, of any object, which is dropped."""
        handler_input = self.input
        return Codec(_NO_INPUT if handler_input is None else handler_input.annotation)

    @cached_property
    def form(self) -> FormPlan[Any] | None:
        """The reader of the input from form fields; None without input."""
        handler_input = self.input
        if handler_input is None:
            return None
        return FormPlan(handler_input, self.codec)

    @cached_property
    def form_limit(self) -> int:
        """The largest form in bytes.

        If no limit is configured, there is room for the files that the types of the input allow.
        """
        handler_input = self.input
        if handler_input is None or self.entry.limits.body is not None or self.max_body != DEFAULTS.body:
            return self.max_body
        return self.max_body + upload_room(handler_input.fields)

    @cached_property
    def output(self) -> Codec[Any]:
        """The codec of the output."""
        return Codec(self.entry.definition.output)

    @cached_property
    def errors(self) -> Mapping[type[ActionError], Codec[Any]]:
        """The codecs of the fields of the declared errors."""
        return {error: error_codec(error) for error in self.entry.raises}

    @cached_property
    def changeable(self) -> Sequence[Field]:
        """The parameters with a default that a call could change, so that each gets a copy."""
        handler_input = self.input
        if handler_input is None or not handler_input.spread:
            return ()
        fields = handler_input.fields or ()
        return [field for field in fields if not field.required and not is_immutable(field.default)]

    def copies_of_defaults(self, value: Any) -> dict[str, object]:
        """Return a copy of each default that a call could change, of the fields that an input lacks."""
        return {field.name: deepcopy(field.default) for field in self.changeable if field.name not in value}

    def field_values(self, value: Any) -> Mapping[str, object]:
        """Return the fields of a validated input by name, for guards that name some."""
        handler_input = self.input
        if handler_input:
            fields = handler_input.fields or ()
        else:
            fields = ()
        if isinstance(value, Mapping):
            return {field.name: value.get(field.name, field.default) for field in fields}
        return {field.name: getattr(value, field.name) for field in fields}

    @cached_property
    def error_map(self) -> ErrorMap:
        """The errors that callers see in place of exceptions, by class."""
        errors_by_class: dict[Any, Any] = {}
        for errors in self.entry.errors:
            errors_by_class |= errors
        return errors_by_class

    @cached_property
    def invoke(self) -> Callable[[Any, Request[Any, Any], ActionContext | None, Mapping[str, object]], Any]:
        """The call of the handler with input and injected arguments; a coroutine if async."""
        invoke, changeable = _invoker(self.entry.action), self.changeable
        if self.entry.action.thread:
            invoke = _in_thread(invoke)
        if not changeable:
            return invoke

        def invoke_with_copies(value: Any, request: Any, context: Any, supplies: Mapping[str, object]) -> Any:
            # One caller's default must not become another's, as those of a model's fields do not.
            if supplies:  # the copies among them that guards of fields were given
                value = {**supplies, **value}
            return invoke({**self.copies_of_defaults(value), **value}, request, context, supplies)

        return invoke_with_copies

    @cached_property
    def decode_json(self) -> Callable[[bytes], Any]:
        """The reader of the input from JSON: the codec, unless the depth is checked first."""
        depth, decode = self.limits.depth, self.codec.decode
        if depth is None:
            return decode

        def decode_within_depth(body: bytes) -> Any:
            check_json_depth(body, depth)
            return decode(body)

        return decode_within_depth

    def decode_nothing(self) -> Any:
        """Read the input from an empty body, which stands for an object without fields.

        Raises:
            InputError: It is not valid.
        """
        handler_input = self.input
        if handler_input is not None and handler_input.fields is None:
            raise InputError([Issue("", "A JSON value is required as the body", "missing")])
        return self.codec.decode(b"{}")

    def decode_form(self, fields: Sequence[tuple[str, str]], files: Sequence[tuple[str, UploadedFile]]) -> Any:
        """Return the input from a form's controls.

        Raises:
            InputError: It is not valid.
        """
        if self.form is None:
            return None
        if self.limits.depth is not None:
            check_name_depth([name for name, _ in (*fields, *files)], self.limits.depth)
        return self.form.decode(fields, files)

    def with_sent_paths(self, error: InputError, form: FormBody) -> InputError:
        """Return an error of the action itself with the paths of the form that was sent."""
        if self.form is None:
            return error
        return self.form.with_sent_paths(error, form.fields, form.files)

    def encode_item(self, item: Any) -> tuple[bytes, str | None]:
        """Return an item of a stream as JSON, and its id; the bytes of a file as they are.

        Raises:
            TypeError: The item is not of the declared type.
            ValueError: It cannot be written as JSON.
        """
        if self.is_download:
            return item, None
        if not self.has_ids:
            return self.write_item(item), None
        if not isinstance(item, Event):
            raise type_error(f"{self.name!r} yields {type(item).__name__}, not the Event that it declares.")
        return self.write_item(item.data), item.id

    @cached_property
    def write_item(self) -> Callable[[object], bytes]:
        """Writes an item of a stream, without its id, as JSON.

        It raises TypeError for an item that is not of the declared type, and ValueError for one that
        cannot be written.
        """
        write = self.output.write

        def write_item(item: object) -> bytes:
            try:
                return write(item)
            except InputError as error:
                where = mismatch(item, self.entry.definition.output, error, is_item=True)
                problem = f"an item of {self.name!r} is {where}"
            if inspect.iscoroutine(item):
                item.close()  # it never ran, and Python would warn of that
            raise type_error(problem)

        return write_item

    def checked_file(self, result: object) -> Download:
        """Return the output of an action that declares a file.

        Raises:
            TypeError: It is not a download.
        """
        if not isinstance(result, Download):
            kind = type(result).__name__
            raise type_error(f"{self.name!r} gives a file, and returned {kind} instead of a Download.")
        return result

    def encode(self, result: object) -> bytes | None:
        """Return the output as JSON; None if the action declares no output or a file.

        Raises:
            TypeError: The result is not of the declared type.
            ValueError: It cannot be written as JSON.
        """
        if self.is_download:
            self.checked_file(result)
            return None
        if self.returns_nothing and result is None:
            return None
        try:
            return self.output.write(result)
        except InputError as error:
            # Raised below, outside of this block: the log shows what the handler returned, not how
            # it was checked.
            problem = f"{self.name!r} returned {mismatch(result, self.entry.definition.output, error)}"
        if inspect.iscoroutine(result):
            result.close()  # it never ran, and Python would warn of that
        raise type_error(problem)


def _in_thread(invoke: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls a handler in a thread, with the call's context variables."""

    def invoke_and_end(*arguments: Any) -> Any:
        try:
            return invoke(*arguments)
        except (StopIteration, GeneratorExit) as error:
            # asyncio refuses to set the one on a future: the call would hang. The other one would
            # close the coroutines that await it.
            raise RuntimeError(f"A handler raised {type(error).__name__}.") from error

    def invoke_in_thread(*arguments: Any) -> Any:
        return asyncio.to_thread(invoke_and_end, *arguments)

    return invoke_in_thread


@lru_cache(maxsize=64)
def form_limits(limits: Limits) -> FormLimits:
    """Return how much of a form is read: one object for all actions of the same limits."""
    sizes = {"fields": limits.fields, "files": limits.files, "text_bytes": limits.text}
    return FormLimits(**{name: size for name, size in sizes.items() if size is not None})


_NO_LIMITS: Final = Limits()
_NO_INPUT: Any = parameters_type("NoInput", {}, PARAMETERS_CONFIG)


def error_codec(error: type[ActionError]) -> Codec[Any]:
    """Return the codec of the fields of a typed error, as a dict by their names."""
    return Codec(error_type(error))


def error_type(error: type[ActionError]) -> Any:
    """Return the fields of a typed error as a typed dict."""
    hints = get_type_hints(error, include_extras=True)
    fields = {name: (hints[name], True) for name in error_fields(error)}
    return parameters_type(error.__name__, fields, PARAMETERS_CONFIG)


def _invoker(
    action: Action[..., Any],
) -> Callable[[Any, Request[Any, Any], ActionContext | None, Mapping[str, object]], Any]:
    handler, definition = without_deprecation(action.handler), action.definition
    handler_input, context_at, request_at = definition.input, definition.context, definition.request
    takes_whole_input = handler_input is not None and not handler_input.spread
    if isinstance(context_at, str) and _is_positional_only(handler, context_at):
        context_at = 1  # def handler(input, context, /)

    if request_at is None and not isinstance(context_at, str) and not definition.injected:
        return _PLAIN[handler_input is not None, takes_whole_input, context_at](handler)

    def invoke(
        value: Any, request: Request[Any, Any], context: ActionContext | None, supplies: Mapping[str, object]
    ) -> Any:
        arguments: dict[str, object] = (
            {**supplies} if takes_whole_input or handler_input is None else {**value, **supplies}
        )
        if request_at is not None:
            arguments[request_at] = request
        if isinstance(context_at, str):
            arguments[context_at] = context
        if not takes_whole_input:
            return handler(**arguments)
        if context_at == 1:
            return handler(value, context, **arguments)
        return handler(value, **arguments)

    return invoke


def _is_positional_only(handler: Callable[..., Any], name: str) -> bool:
    parameter = inspect.signature(handler).parameters[name]
    return parameter.kind is parameter.POSITIONAL_ONLY


_PLAIN: Final[dict[tuple[bool, bool, int | None], Callable[[Any], Callable[..., Any]]]] = {
    (False, False, None): lambda handler: lambda value, request, context, supplies: handler(),
    (True, False, None): lambda handler: lambda value, request, context, supplies: handler(**value),
    (True, True, None): lambda handler: lambda value, request, context, supplies: handler(value),
    (True, True, 1): lambda handler: lambda value, request, context, supplies: handler(value, context),
}
"""Calls of handlers that take only an input, or an input and the context.

Keys: whether there is an input, whether it is one leading argument, the position of the context.
"""
