"""What all guards that read a credential have in common: they ask a function for its owner.

There is no cryptography here: nothing is signed, hashed or compared. A credential without an owner
is refused with 401.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec, Protocol

from ._callables import Function, describe, hints_of, returned_by
from ._definition import is_context, is_request
from ._definition_error import Problem
from ._errors import ActionError, is_of_another_service, original_error
from ._guards import may_be_context
from ._injection import UNKNOWN
from ._options import Context
from ._types.annotations import union_of

Security = tuple[str, Mapping[str, str]]
"""The name of a security scheme of OpenAPI, and the scheme."""

Find = Callable[[str], object] | Callable[[Any, str], object]
"""Returns the owner of a credential, None for nobody.

A function of the credential, or of the context and the credential.

It may be asynchronous. It raises ``ActionError`` to refuse with another code than 401.
"""


class CredentialContext(Context, Protocol):
    """What these guards use of the context."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers; names in any case."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """The request's cookies by name."""

    def set_header(self, name: str, value: str) -> None:
        """Set a header of the answer."""


P = ParamSpec("P")


def explained(init: Callable[P, None]) -> Callable[P, None]:
    """Return the same ``__init__``, which says what the function is for where it is left out."""
    signature = inspect.signature(init)

    @wraps(init)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            kind = type(args[0]).__name__
            names = ", ".join(list(signature.parameters)[1:])
            raise TypeError(
                f"{kind}({names}): {error}. 'find' is your function that says whose a credential "
                "is, and returns None for nobody's, such as 'async def find(value: str) -> User | "
                "None'."
            ) from None
        init(*args, **kwargs)

    return checked


class Credential:
    """A guard that reads a credential and finds its owner; ``a | b`` takes either.

    See its subclasses.
    """

    challenge: ClassVar[str] = ""
    """What a 401 asks for in ``WWW-Authenticate``; empty where no scheme of HTTP is used."""

    header: str = ""
    """The header that is read; empty for a cookie."""

    __wrapped__: Any

    @explained
    def __init__(self, find: Find) -> None:
        # Where `returned_by` looks for the annotation of what the guard returns.
        self.__wrapped__ = _checked_function(type(self).__name__, find)
        self._takes_context = _takes_two(find)

    def __or__(self, other: Credential) -> Credential:
        """Return a guard that lets in whom one of the two lets in."""
        operand: Any = other
        if not isinstance(operand, Credential):
            refusal: Credential = self._refuse_other(operand)
            return refusal
        return _Either(self, operand)

    def _refuse_other(self, other: object) -> Any:
        """Refuse a function as one of the two: nothing tells whether it has found a credential.

        Raises:
            TypeError: It is one.
        """
        if not callable(other):
            return NotImplemented
        kind = type(self).__name__
        raise TypeError(
            f"{kind}(...) | {getattr(other, '__name__', other)} takes a credential on both sides: Bearer(find), "
            "SessionCookie(name, find) or ApiKey(header, find). Let one of them call your function as its 'find', "
            "or write one guard that looks at everything."
        )

    if not TYPE_CHECKING:  # checkers refuse what has no such method
        __ror__ = _refuse_other

    def __bool__(self) -> bool:
        """Refuse ``a or b`` and ``a and b``: Python makes one of the two, and never asks the other.

        Raises:
            TypeError: Always.
        """
        kinds = " | ".join(f"{type(part).__name__}(...)" for part in self.parts())
        raise TypeError(
            f"{kinds} is a guard, which is neither true nor false: Python would make one of 'a or b', "
            "and never ask the other. Write 'a | b' for either. In place of 'a and b', give one to the "
            "namespace and the other to the action. If one may be missing, ask 'guard is None'."
        )

    async def __call__(self, context: CredentialContext) -> object:
        """Return whom the credential of a request belongs to.

        Raises:
            ActionError: ``UNAUTHORIZED``: there is none, or nobody's.
        """
        try:
            return await self.caller(context)
        except ActionError as error:
            challenges = [each.challenge for each in self.parts() if each.challenge]
            if _is_about_caller(error) and challenges:
                context.set_header("www-authenticate", ", ".join(dict.fromkeys(challenges)))
            raise

    async def caller(self, context: CredentialContext) -> object:
        """Return whom the credential of a request belongs to.

        Raises:
            ActionError: ``UNAUTHORIZED``: there is none, or nobody's.
        """
        credential = self.read(context.headers, context.cookies)
        if not credential:
            raise _missing(self, context)
        if _is_repeated(self.header, context.headers):
            raise ActionError("BAD_REQUEST", f"The header {self.header.title()} stands several times: send it once.")
        caller: Any = None
        if self.can_be(credential):
            caller = self._find(context, credential)
        if inspect.isawaitable(caller):
            caller = await caller
        if caller is None:
            raise ActionError("UNAUTHORIZED", f"Sign in again: this needs {self.needed} that is valid.")
        return caller

    def _find(self, context: CredentialContext, credential: str) -> object:
        find: Any = self.__wrapped__
        if self._takes_context:
            return find(context, credential)
        return find(credential)

    @property
    def needed(self) -> str:
        """What a refusal says is missing."""
        raise NotImplementedError

    @property
    def security(self) -> Security:
        """The scheme as OpenAPI has it."""
        raise NotImplementedError

    def read(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
        """Return the credential of a request; empty without one."""
        raise NotImplementedError

    def can_be(self, credential: str) -> bool:
        """Return whether anybody can have such a credential; functions are asked for those alone.

        What is not text, or has control characters, breaks what functions do with it: databases and
        ``hmac.compare_digest`` refuse it, and a stranger would get an error of the server.
        """
        return credential.isprintable() and (credential.isascii() or not self.header)

    def hint(self, headers: Mapping[str, str]) -> str:
        """Return what a refusal says of a credential sent in another form; empty for none."""
        return ""

    def parts(self) -> Iterator[Credential]:
        """Yield the guards of which one must let in."""
        yield self

    def definition_problem(self) -> Problem | None:
        """Return why the function would let in nobody, or anybody, as its signature tells."""
        name = f"{describe(self.__wrapped__, article='the', noun='function')} of {type(self).__name__}"
        if isinstance(self.__wrapped__, type):
            return Problem(f"{name} is a class, which would make an object for any credential.", _WRITE)
        if problem := self._call_problem(name):
            return problem
        if returned_by(self) not in (None, type(None)):
            return None
        reason = f"{name} is annotated '-> None', and None lets in nobody."
        return Problem(reason=reason, remedy="Return whom the credential belongs to, and None for nobody.")

    def _call_problem(self, name: str) -> Problem | None:
        """Return why the function can be called neither with the credential nor with both."""
        find = self.__wrapped__
        try:
            signature = inspect.signature(find)
            signature.bind(*([None, None] if self._takes_context else [None]))
        except TypeError as error:
            return Problem(f"{name} cannot be called with the credential, or with the context and it: {error}.", _WRITE)
        except ValueError:  # a function written in C may have no signature
            return None
        first = next(iter(signature.parameters))
        annotation = hints_of(find).get(first, Any)
        if not self._takes_context and (is_context(annotation) or is_request(annotation)):
            reason = f"{name} takes {first!r} alone, and is called with the credential."
            return Problem(reason, _WRITE)
        if self._takes_context and not may_be_context(annotation):
            return Problem(f"{name} takes {first!r} first, and is called with the context and the credential.", _WRITE)
        return None


class _Either(Credential):
    """Lets in whoever one of several guards lets in; they are tried in their order."""

    def __init__(self, first: Credential, second: Credential) -> None:
        self._guards = (*first.parts(), *second.parts())

        def either(credential: str) -> object:
            # It stands for the types of all: each guard calls a function of its own.
            raise NotImplementedError

        return_types = [returned_by(guard) for guard in self._guards]
        either.__annotations__ = {}
        if UNKNOWN not in return_types:
            either.__annotations__["return"] = union_of(return_types)
        super().__init__(either)

    async def caller(self, context: CredentialContext) -> object:
        """Return whom the first credential belongs to that is somebody's; see ``Credential``."""
        refusal: ActionError | None = None
        for guard in self._guards:
            if guard.read(context.headers, context.cookies):
                try:
                    return await guard.caller(context)
                except ActionError as error:
                    # A credential that belongs to nobody may be followed by one that does; any
                    # other refusal is about somebody who is known.
                    if not _is_about_caller(error):
                        raise
                    refusal = refusal or error
        try:
            raise refusal or _missing(self, context)
        finally:
            refusal = None  # or it would hold itself, by this frame in its traceback

    @property
    def needed(self) -> str:
        """What a refusal says is missing."""
        return ", or ".join(guard.needed for guard in self._guards)

    def parts(self) -> Iterator[Credential]:
        """Yield the guards of which one must let in."""
        yield from self._guards

    def definition_problem(self) -> Problem | None:
        """Return what is wrong with one of the guards."""
        return next((problem for guard in self._guards if (problem := guard.definition_problem())), None)


def _is_about_caller(error: ActionError) -> bool:
    """Return whether an error says that a credential is nobody's.

    The 401 of a service that was asked whose it is says that of this service's own credential.
    """
    return error.code == "UNAUTHORIZED" and not is_of_another_service(original_error(error))


def _is_repeated(name: str, headers: Mapping[str, str]) -> bool:
    """Return whether a request has a header more than once: a proxy may believe another one than we."""
    getall = getattr(headers, "getall", None)
    return bool(name) and getall is not None and len(getall(name)) > 1


def _missing(guard: Credential, context: CredentialContext) -> ActionError:
    """Return the refusal of a request that has no such credential."""
    hints = "".join(part.hint(context.headers) for part in guard.parts())
    return ActionError("UNAUTHORIZED", f"Sign in first: this needs {guard.needed}.{hints}")


def label_of(guard: Any) -> str:
    """Return what people call a guard: its function, or the class of an object."""
    if isinstance(guard, Credential):
        return " | ".join(f"{type(part).__name__}({label_of(part.__wrapped__)})" for part in guard.parts())
    while isinstance(guard, partial):
        guard = guard.func
    name = getattr(guard, "__qualname__", None)  # of an object there is none
    if name is None:
        wrapped = getattr(guard, "__wrapped__", None)
        if wrapped is not None:
            return label_of(wrapped)
        name = type(guard).__qualname__
    return str(name).rpartition(">.")[2]


_WRITE: Final = (
    "Write 'async def find(value: str) -> User | None', or 'find(context: ActionContext, value: "
    "str)', which returns None for nobody."
)


def _checked_function(kind: str, find: object) -> Function:
    if not callable(find):
        raise TypeError(f"{kind} takes a function that returns whom a credential belongs to, not {find!r:.60}.")
    return find


def _takes_two(function: Callable[..., object]) -> bool:
    """Return whether a function takes the context before the credential."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a function written in C may have no signature
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in kinds and each.default is each.empty for each in parameters) == 2
