"""Actions: handlers with the options that were declared for them; nothing is read from them yet.

``_define_action`` makes them. Declaring never fails for a function's shape. ``_handler_reader``
reads the shape, and the walk over the tree reports what is wrong with it, so that all mistakes come
at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import WRAPPER_ASSIGNMENTS, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NoReturn, ParamSpec, Unpack

from typing_extensions import TypeVar

from ._definition import Definition
from ._errors import ActionError
from ._handler_reader import read_definition
from ._interceptors import interceptor_tuple
from ._limits import Limits, limits_of
from ._options import NO_OPTIONS, UNSET, ActionOptions, Guard, SharedOptions, error_tuple, guard_tuple
from ._options import Encoding as Encoding  # noqa: PLC0414  # the rooms take it from here

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
E_co = TypeVar("E_co", bound=ActionError, covariant=True, default=ActionError)


class Action(Generic[P, R_co, E_co]):
    """A typed function that is callable over HTTP.

    Made by ``define_action`` and ``@action``. In server code it is called like the handler it
    wraps: no validation, no HTTP. It does not know its name; the tree does. Its type is
    ``Action[P, R]``, or ``Action[P, R, E]`` with what ``call_action`` may give in its ``Err``: the
    declared errors, ``InputError`` and ``CallError``.

    Attributes:
        handler: The function behind it.
        accept: The content types of the input.
        input: The declared input type of the explicit form, else ``UNSET``.
        raises: The typed errors that callers are told about.
        guards: Called in order before the body is read.
        public: Whether the blueprint's default guard is left out; None for what the namespace says.
        limits: What a call may cost, where that differs from the blueprint's limits.
        idempotent: Whether running it twice does what running it once does.
        once: Whether each call runs once, however often it is sent.
        thread: Whether the handler runs in a thread.
        origin: The action as it was defined, of one that was taken out of a namespace with options;
            else itself.
    """

    # A mark for ``is_action``: the modules below this one meet actions and cannot import the class.
    __sanic_actions_action__: ClassVar[bool] = True

    handler: Callable[P, R_co]
    accept: tuple[Encoding, ...]
    input: Any
    raises: tuple[type[E_co], ...]
    guards: tuple[Guard, ...]
    public: bool | None
    limits: Limits
    idempotent: bool
    once: bool
    thread: bool
    origin: Action[P, R_co, E_co]

    def __init__(
        self,
        handler: Callable[P, R_co],
        *,
        input: Any = UNSET,
        guard: Guard = UNSET,
        explicit: bool = False,
        namespace: Mapping[str, Any] | None = None,
        **options: Unpack[ActionOptions],
    ) -> None:
        # As functools.update_wrapper does: tools that look at an action see the handler.
        names = [name for name in WRAPPER_ASSIGNMENTS if hasattr(handler, name)]
        attributes: dict[str, object] = {name: getattr(handler, name) for name in names}
        accept = options.get("accept", "json")
        settings = SharedOptions(
            raises=error_tuple(options.get("raises", ())),
            guards=guard_tuple(guard),
            public=options.get("public"),
            limits=limits_of(options.get("limits")).with_body(options.get("max_body_size")),
            interceptors=interceptor_tuple(options.get("interceptors", ())),
            errors=(options["errors"],) if "errors" in options else (),
        )
        # Past __setattr__, which refuses: to everybody else an action is frozen.
        self.__dict__.update(
            attributes,
            __wrapped__=handler,
            handler=handler,
            input=input,
            accept=tuple(accept) if isinstance(accept, list | tuple) else (accept,),
            idempotent=options.get("idempotent", False),
            once=options.get("once", False),
            thread=options.get("thread", False),
            _explicit=explicit,
            _local_names=namespace,
            origin=self,
        )
        self._set_shared(settings)

    def _set_shared(self, settings: SharedOptions) -> None:
        self.__dict__.update(
            raises=settings.raises,
            guards=settings.guards,
            public=settings.public,
            limits=settings.limits,
            _shared=settings,
        )

    @property
    def shared(self) -> SharedOptions:
        """The options that namespaces may have too: errors, guards, ``public`` and limits."""
        settings: SharedOptions = self.__dict__["_shared"]
        return settings

    def inside(self, outer: SharedOptions) -> Action[P, R_co, E_co]:
        """Return the same action with the options of a namespace laid around its own."""
        if outer == NO_OPTIONS:
            return self
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        # Its origin keeps the definition, so that a handler is read once for all copies.
        copy.__dict__.pop("definition", None)
        copy._set_shared(outer.around(self.shared))
        return copy

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Action):
            return NotImplemented
        # A page names the action that it imported, which the tree may have copied with options.
        return self.origin is other.origin

    def __hash__(self) -> int:
        return hash(id(self.origin))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        return self.handler(*args, **kwargs)

    @property
    def max_body_size(self) -> int | None:
        """The largest input in bytes; None for the blueprint's limit."""
        return self.limits.body

    @cached_property
    def definition(self) -> Definition:
        """The handler's shape, read once: input, output, injected parameters, and every problem."""
        if self.origin is not self:
            return self.origin.definition
        names = self.__dict__["_local_names"]
        return read_definition(
            self.handler, explicit=self.__dict__["_explicit"], input=self.input, unset=UNSET, names=names
        )

    if not TYPE_CHECKING:  # or type checkers would accept any attribute of an action

        def __getattr__(self, name: str) -> NoReturn:
            if name in ("safe", "with_options"):
                raise AttributeError(
                    f"{self!r} is the action itself, in the server, and has no {name!r}, which clients have. "
                    "For an outcome as a value, write 'await call_action(request, action, ...)' of "
                    "sanic_actions.server; a caller takes the client of the generated package.",
                    name=name,
                    obj=self,
                )
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        # typing's @deprecated sets this attribute on what it decorates.
        if name == "__deprecated__":
            raise AttributeError("Write @action above @deprecated, so that the function below it is deprecated.")
        raise AttributeError(f"Actions are frozen: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"Actions are frozen: cannot delete {name!r}")

    def __copy__(self) -> Action[P, R_co, E_co]:
        return self

    def __deepcopy__(self, memo: object) -> Action[P, R_co, E_co]:
        return self  # Blueprint.copy() copies deeply; an action is the same action in every copy

    def __repr__(self) -> str:
        return f"<Action {getattr(self.handler, '__qualname__', self.handler)!s}>"
