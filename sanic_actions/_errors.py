"""The errors of calls.

In the layer of words: the standard library only, and of that only what starts fast, because every
generated client imports this file.

    Exception
    ├── ActionError                an expected failure that the caller may see
    │   ├── InputError             the input is invalid; holds issues
    │   ├── CallError              what callers get for any other failure: undeclared, masked, no answer
    │   └── (yours)                class OutOfStock(ActionError, code="CONFLICT"): sku: str
    └── DefinitionError            the actions themselves are wrong (``_definition_error``)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ._codes import CODE_OF, STATUS, known_code, refuse_code
from ._error_facts import (
    PLACE,
    AnswerFact,
    answer_of,
    headers_of,
    http_status,
    is_unsent,
    masked_id,
    placed_repr,
    placed_sentence,
)
from ._issue import Issue
from ._literals import Cause, Code
from ._server_mistakes import type_error

__all__ = [
    "CODE_OF",
    "RESERVED_FIELDS",
    "STATUS",
    "ActionError",
    "CallError",
    "Cause",
    "Code",
    "InputError",
    "Issue",
    "error_fields",
    "error_for_server_code",
    "is_of_another_service",
    "known_code",
    "original_error",
    "restore_error",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Protocol, dataclass_transform


RESERVED_FIELDS = frozenset({"code", "message", "status", "data", "args", "add_note", "with_traceback"})
"""Names that a typed error cannot give to a field: ActionError itself has them."""


if TYPE_CHECKING:
    # Type checkers read the annotations of a subclass as keyword arguments of its constructor.
    # `message` is the one positional field; the base class's own constructor takes the code first.
    def _field(*, default: Any, kw_only: bool) -> Any: ...

    @dataclass_transform(kw_only_default=True, field_specifiers=(_field,))
    class _Fields(Exception):  # seen by type checkers only
        def __init_subclass__(cls, *, code: Code | None = None) -> None: ...

    class ActionError(_Fields):
        """An expected failure that the caller may see."""

        _class_code: ClassVar[Code | None]
        message: str = _field(default="", kw_only=False)

        def __init__(self, code: Code, message: str = "") -> None: ...
        @property
        def code(self) -> Code: ...
        @property
        def status(self) -> int | None: ...
        @property
        def data(self) -> dict[str, object]: ...

else:

    class ActionError(Exception):
        """An expected failure that the caller may see.

        Raise it in a handler with a code and a message, or subclass it for a failure with fields of its own::

            raise ActionError("NOT_FOUND", "No such post")

            class OutOfStock(ActionError, code="CONFLICT"):
                sku: str
                left: int

            raise OutOfStock("Only two are left", sku="A-1", left=2)

        Attributes:
            code: The stable name of the failure, one of ``Code``.
            message: A sentence for the caller; never put secrets here.
            status: The HTTP status of the code; None where a call got no answer.
            data: The fields of a typed error by name; empty for a plain one.
        """

        _class_code = None
        response, headers = AnswerFact(answer_of), AnswerFact(headers_of)

        def __init_subclass__(cls, *, code: str | None = None, **options: object) -> None:
            for option in options:
                raise type_error(
                    f"class {cls.__name__} has no option {option!r}. "
                    f'Write code=..., the name of a status: class {cls.__name__}(ActionError, code="CONFLICT").'
                )
            if code is not None:
                # On the class too, for a subclass whose own constructor sets neither.
                cls._class_code = cls.code = known_code(code)
                cls.message = ""

        def __init__(self, *args: object, **fields: object) -> None:
            code = self._class_code
            if code is None:
                code, args = (args[0], args[1:]) if args else (fields.pop("code", None), ())
            if code is None or len(args) > 1:
                mistake = "missing 'code'" if code is None else "everything behind the message is passed by name"
                raise type_error(f"{_usage(type(self))}: {mistake}")
            message = args[0] if args else fields.pop("message", "")
            if not isinstance(code, str) or code not in STATUS:
                refuse_code(type(self), code, message)
            _check_message(type(self).__name__, message)
            _fill(self, known_code(code), message, _checked(type(self), fields))

        @property
        def status(self) -> int | None:
            return http_status(self)

        @property
        def data(self) -> dict[str, object]:
            return {name: getattr(self, name) for name in error_fields(type(self))}

        def __str__(self) -> str:
            return placed_sentence(self, Exception.__str__(self))

        def __reduce__(self) -> tuple[object, ...]:
            # BaseException would call the class with `args` again, which lack the keyword-only
            # fields. The response is left out: it holds locks and sockets, as in a CallError.
            state = {name: value for name, value in self.__dict__.items() if name != "_answer"}
            return _restore, (type(self), self.args, state)

        def __repr__(self) -> str:
            arguments = [repr(self.message), *(f"{name}={value!r}" for name, value in self.data.items())]
            if self._class_code is None:
                arguments.insert(0, repr(self.code))
            return placed_repr(self, f"{type(self).__name__}({', '.join(arguments)})")


def error_fields(cls: type[ActionError]) -> dict[str, Any]:
    """Return the fields of a typed error, base classes first: name to annotation as written."""
    fields: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base is ActionError or not issubclass(base, ActionError):
            continue
        own: dict[str, Any] = base.__annotations__
        fields |= {name: annotation for name, annotation in own.items() if not _is_class_variable(annotation)}
    return fields


def _is_class_variable(annotation: object) -> bool:
    # Strings where the module has `from __future__ import annotations`: reading them as types would
    # import typing into every client.
    source = annotation if isinstance(annotation, str) else repr(annotation)
    return source.partition("[")[0].rpartition(".")[2] == "ClassVar"


def restore_error(
    cls: type[ActionError],
    code: Code,
    message: str,
    fields: Mapping[str, object],
) -> ActionError:
    """Build an error from its fields, without its constructor, which users may have replaced."""
    error = cls.__new__(cls)
    _fill(error, code, message, fields)
    return error


def _fill(error: ActionError, code: Code, message: object, fields: Mapping[str, object]) -> None:
    Exception.__init__(error, message)
    error.__dict__.update(fields, code=code, message=message)


def _restore(
    cls: type[ActionError],
    args: tuple[object, ...],
    state: dict[str, object],
) -> ActionError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


def _checked(cls: type[ActionError], values: dict[str, object]) -> dict[str, object]:
    """Return the values of a typed error's fields, with copies of the defaults for the rest.

    Raises:
        TypeError: A field is missing or unknown, as for any wrong call.
    """
    fields = error_fields(cls)
    if not fields and not values:
        return values
    mistakes = [f"unexpected {name!r}" for name in values if name not in fields]
    mistakes += [f"missing {name!r}" for name in fields if name not in values and not hasattr(cls, name)]
    if mistakes:
        raise type_error(f"{_usage(cls)}: {', '.join(mistakes)}")
    defaults = {name: getattr(cls, name) for name in fields if name not in values}
    if defaults:
        from copy import deepcopy  # takes long to import, and most errors have no defaults

        defaults = deepcopy(defaults)
    return defaults | values


def _check_message(name: str, message: object) -> None:
    """Refuse an exception as a message: its text may reveal tables and keys to callers.

    Raises:
        TypeError: The message is an exception.
    """
    if isinstance(message, BaseException):
        kind = type(message).__name__
        raise type_error(f"{name}() takes a sentence for callers as its message, not the {kind} itself.")


def _usage(cls: type[ActionError]) -> str:
    names = [] if cls._class_code else ["code"]
    names.append("message=''")
    fields = error_fields(cls)
    if fields:
        names += ["*", *fields]
    return f"{cls.__name__} takes ({', '.join(names)})"


class _On:
    """``InputError.on(...)`` starts a new error; ``error.on(...)`` adds one issue to a copy."""

    if TYPE_CHECKING:

        class _Method(Protocol):
            def __call__(self, path: str, message: str, /, *, type: str = "value_error") -> InputError: ...

    def __get__(self, error: InputError | None, owner: type[InputError]) -> _Method:
        def on(path: str, message: str, /, *, type: str = "value_error") -> InputError:
            _check_message("InputError.on", message)
            earlier = () if error is None else error.issues
            return InputError([*earlier, Issue(path, message, type)])

        return on


class InputError(ActionError, code="BAD_REQUEST"):
    """The input is invalid.

    A handler raises its own with
    ``raise InputError.on("email", "is already taken").on("items.0.qty", "too many")``.

    Attributes:
        issues: Every complaint, in the order of the fields.
        response: What the transport received, where a server has refused the input.
        headers: The header fields of that answer, by their names in lower case.
    """

    if TYPE_CHECKING:
        on: ClassVar[_On]

        @property
        def issues(self) -> Sequence[Issue]: ...
        @property
        def response(self) -> object: ...
        @property
        def headers(self) -> Mapping[str, str]: ...

    else:
        on = _On()

    args: tuple[object, ...]

    def __init__(self, issues: Iterable[Issue] = (), message: str = "") -> None:
        collected_issues = tuple(issues)
        if collected_issues and not isinstance(collected_issues[0], Issue):
            raise type_error("InputError() takes issues: write InputError.on('email', 'is already taken').")
        if message:
            _check_message("InputError", message)
        else:
            message = _summary(collected_issues)
        _fill(self, "BAD_REQUEST", message, {"issues": collected_issues})

    def __str__(self) -> str:
        sentence = super().__str__()
        if is_unsent(self):
            return f"{sentence.rstrip('.')}. Nothing was sent."
        return sentence

    def __repr__(self) -> str:
        return placed_repr(self, f"InputError({list(self.issues)!r})")

    @property
    def fields(self) -> dict[str, list[str]]:
        """The messages of each field by its path; those of the whole form are ``form_errors``."""
        fields: dict[str, list[str]] = {}
        for issue in self.issues:
            if issue.path:
                fields.setdefault(issue.path, []).append(issue.message)
        return fields

    @property
    def form_errors(self) -> list[str]:
        """The messages that belong to no single field."""
        return [issue.message for issue in self.issues if not issue.path]


def _summary(issues: Sequence[Issue], most: int = 3) -> str:
    if not issues:
        return "The input is invalid."
    if len(issues) == 1 and issues[0].path:  # as most have it
        return f"The input is invalid: {issues[0].path}: {issues[0].message}"
    complaints = []
    # An issue is not written by str(): that of the error escapes control characters itself.
    for issue in issues[:most]:
        if issue.path:
            complaints.append(f"{issue.path}: {issue.message}")
        else:
            complaints.append(issue.message)
    more = f"; and {len(issues) - most} more" if len(issues) > most else ""
    return f"The input is invalid: {'; '.join(complaints)}{more}"


def invalid_input(issues: Sequence[Issue]) -> InputError:
    """Build an ``InputError`` of our own issues, at half the cost: without checks for users."""
    message = _summary(issues)
    error = InputError.__new__(InputError, message)
    error.__dict__ = {"code": "BAD_REQUEST", "message": message, "issues": tuple(issues)}
    return error


def replace_issues(error: InputError, issues: Iterable[Issue]) -> InputError:
    """Return an error with other issues; a message that was only their summary is written again."""
    if error.message == _summary(error.issues):
        return InputError(issues)
    return InputError(issues, error.message)


class CallError(ActionError):
    """A call failed in a way that its action does not declare: another code, a masked exception, or no answer at all.

    Attributes:
        cause: ``connect`` (no connection, or it was lost before an answer), ``timeout``,
            ``protocol`` (an answer not of ours) or ``server``; before there was a request,
            ``configuration`` (no usable URL) or ``contract`` (the contracts differ and the client
            was configured to raise).
        request: What the transport sent, where there was something to send.
        response: What the transport received, where there was an answer.
        headers: The header fields of the answer, by their names in lower case, such as
            ``retry-after``.
    """

    if TYPE_CHECKING:

        @property
        def cause(self) -> Cause: ...
        @property
        def request(self) -> object: ...
        @property
        def response(self) -> object: ...
        @property
        def headers(self) -> Mapping[str, str]: ...

    def __init__(
        self,
        code: Code,
        message: str = "",
        *,
        status: int | None = None,
        cause: Cause = "server",
        id: str | None = None,
        request: object = None,
        response: object = None,
    ) -> None:
        facts = {"_status": status, "_id": id, "_answer": response, "cause": cause, "request": request}
        _fill(self, known_code(code), message, facts)

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer; None when there was no answer."""
        status: int | None = self.__dict__["_status"]
        return status

    @property
    def id(self) -> str | None:
        """The id under which the server logged a masked exception, else None."""
        return masked_id(self)

    def __reduce__(self) -> tuple[object, ...]:
        # A transport's requests and responses hold locks and sockets, which cannot be pickled.
        return _restore, (type(self), self.args, {**self.__dict__, "request": None, "_answer": None})


def error_for_server_code(error: ActionError) -> ActionError:
    """Return an error as server code and pages get it: an undeclared one as a ``CallError``.

    Undeclared is what ``error_for_caller`` has left as a plain ``ActionError``.
    """
    if type(error) is not ActionError:
        return error
    call_error = CallError(error.code, error.message, status=error.status)
    call_error.__dict__["_raised"] = error
    # A refusal of the library keeps its type: it is the same one in another class.
    if "_problem_type" in error.__dict__:
        call_error.__dict__["_problem_type"] = error.__dict__["_problem_type"]
    return call_error


def original_error(error: ActionError) -> ActionError:
    """Return the undeclared error behind one of ``error_for_server_code``; any other as it is."""
    raised: ActionError = error.__dict__.get("_raised", error)
    return raised


def is_of_another_service(error: BaseException) -> bool:
    """Return whether an error, after ``original_error``, came from a call of another service.

    Its message is not meant for the caller of this one: an ``InputError`` of that service is about
    the input that a handler sent, not about the caller's.
    """
    return isinstance(error, CallError) or PLACE in error.__dict__
