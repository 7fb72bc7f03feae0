"""Compare types for injection: what a guard returns, and a parameter marked ``Injected``.

The decision is made from annotations when actions are defined. At run time a value is compared with
an annotation only to refuse one that is not of the declared type.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import IntEnum
from types import NoneType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

from typing_extensions import is_typeddict

from ._types.annotations import bare, is_annotated, is_union, substitute

UNKNOWN: Final[Any] = type("_Unknown", (), {"__repr__": lambda self: "UNKNOWN"})()
"""The type of a guard whose return annotation is missing or cannot be read."""


class Fit(IntEnum):
    """How well the type that a guard returns fits a parameter, the best first."""

    EXACT = 0
    """The same type."""
    SUBCLASS = 1
    """Every value of it is of the parameter's type."""
    SUPERCLASS = 2
    """Some values of it are."""
    UNKNOWN = 3
    """The annotations do not say."""
    NEVER = 4
    """No value of it is."""


def fit(return_type: Any, parameter_type: Any) -> Fit:
    """Return how well a guard's return type fits a parameter; None supplies nothing."""
    if return_type is UNKNOWN:
        return Fit.UNKNOWN
    sources, targets = list(members_of(return_type)), list(members_of(parameter_type))
    if not sources or not targets:
        return Fit.NEVER
    if _holds_all(targets, sources) and _holds_all(sources, targets):
        return Fit.EXACT
    # Of a union every member must fit; one that does not makes the whole only possible.
    fits = [_best_fit(source, targets) for source in sources]
    worst, best = max(fits), min(fits)
    if worst <= Fit.SUBCLASS:
        return Fit.SUBCLASS
    return max(Fit.SUPERCLASS, best)


def _holds_all(types: list[Any], members: list[Any]) -> bool:
    # Not as sets: a type with metadata need not have a hash.
    return all(member in types for member in members)


def _best_fit(source: Any, targets: list[Any]) -> Fit:
    return min(_fit_member(source, target) for target in targets)


def is_value_of(value: object, annotation: Any) -> bool:
    """Return whether a value is of a type: an int is a float, but True is not an int."""
    for member in members_of(annotation):
        plain = bare(member)
        if get_origin(plain) is Literal:
            if any(value == each and type(value) is type(each) for each in get_args(plain)):
                return True
            continue
        if _is_instance(value, plain):
            return True
    return value is None and accepts_none(annotation)


def accepts_none(annotation: Any) -> bool:
    """Return whether None is a value of a type."""
    annotation = bare(annotation)
    if is_union(annotation):
        return any(accepts_none(member) for member in get_args(annotation))
    return annotation is None or annotation is NoneType


def classes_of(annotation: Any) -> tuple[type, ...]:
    """Return the classes that values of a type can have, without None; ``object`` if unknown."""
    classes: dict[type, None] = {}
    for member in members_of(annotation):
        plain = bare(member)
        if get_origin(plain) is Literal:
            classes |= dict.fromkeys(type(value) for value in get_args(plain) if value is not None)
        else:
            classes[_class_of(plain)] = None
    return tuple(classes)


def is_inert(value: object) -> bool:
    """Return whether a value is plain data: no flag, and nothing to run, enter or raise."""
    if isinstance(value, bool | type | BaseException) or inspect.isawaitable(value) or callable(value):
        return False
    kind = type(value)
    return not any(hasattr(kind, name) for name in _PENDING)


_PENDING: Final = ("__next__", "__anext__", "__enter__", "__aenter__", "processed_headers")
"""Attributes of iterators, context managers and Sanic's responses: returning one has no effect."""


def members_of(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union but None, behind ``Annotated`` and aliases, no NewType."""
    annotation = _behind(annotation)
    if is_union(annotation):
        for member in get_args(annotation):
            yield from members_of(member)
    elif annotation is not None and annotation is not NoneType:
        yield annotation


def _behind(annotation: Any) -> Any:
    """Return the type without its metadata, and behind its aliases."""
    while not is_new_type(annotation):  # each round takes off one layer of what somebody wrote
        inner = get_args(annotation)[0] if is_annotated(annotation) else annotation
        if inner is annotation and type(getattr(annotation, "__origin__", annotation)).__name__ == "TypeAliasType":
            inner = bare(annotation)
        if inner is annotation:
            break
        annotation = inner
    return annotation


def is_new_type(annotation: Any) -> bool:
    """Return whether a type is a ``NewType``."""
    return hasattr(annotation, "__supertype__")


def _fit_member(source: Any, target: Any) -> Fit:
    if source == target:
        return Fit.EXACT
    if is_new_type(source):
        return _fit_member(_behind(source.__supertype__), target)
    if is_new_type(target):  # an int is not a UserId because it is an int
        return Fit.UNKNOWN if source in ANY else Fit.NEVER
    if source in ANY or target in ANY:
        return Fit.SUBCLASS if target in ANY else Fit.UNKNOWN
    if get_origin(source) is Literal or get_origin(target) is Literal:
        return _fit_literal(source, target)
    return _fit_class(source, target)


ANY: Final = (Any, object)


def _fit_literal(source: Any, target: Any) -> Fit:
    """Compare two types of which at least one is a Literal."""
    if get_origin(source) is not Literal:
        kinds = {type(value) for value in get_args(target)}
        return Fit.SUPERCLASS if _class_of(source) in kinds else Fit.NEVER
    suits = [is_value_of(value, target) for value in get_args(source)]
    if all(suits):
        return Fit.SUBCLASS
    return Fit.SUPERCLASS if any(suits) else Fit.NEVER


def _fit_class(source: Any, target: Any) -> Fit:
    own, target_class = _class_of(source), _class_of(target)
    arguments, target_arguments = _arguments_of(source, target_class), get_args(target)
    if arguments and target_arguments:
        is_same = own is target_class
        worst = _fit_arguments(arguments, target_arguments, is_same=is_same)
        if is_same or worst is Fit.NEVER:
            return worst  # list[User] is not list[Post], nor is it Sequence[Post]
    if own is object or target_class is object or is_typeddict(own) or is_typeddict(target_class):
        return Fit.NEVER if is_typeddict(own) and is_typeddict(target_class) else Fit.UNKNOWN
    # bool is a subclass of int, but a verdict is not a number.
    if own is bool or target_class is bool:
        return Fit.NEVER
    if _is_protocol(own) or _is_protocol(target_class):
        return _fit_protocol(own, target_class)
    if issubclass(own, target_class) or (own is int and target_class is float):
        return Fit.SUBCLASS
    return Fit.SUPERCLASS if issubclass(target_class, own) else Fit.NEVER


def _arguments_of(annotation: Any, base: type) -> tuple[Any, ...]:
    """Return the type arguments that a type gives to a base of its class: ``Users(Repository[User])`` gives ``User``.

    A class that is only registered with its base, as a list is with ``Sequence``, gives its own.
    """
    own, arguments = _class_of(annotation), get_args(annotation)
    values = dict(zip(getattr(own, "__parameters__", ()), arguments, strict=False))
    for inner in vars(own).get("__orig_bases__", own.__bases__):
        if base in _class_of(inner).__mro__:
            return tuple(substitute(argument, values) for argument in _arguments_of(inner, base))
    if base in own.__mro__[1:]:
        return ()
    return arguments


def _fit_arguments(arguments: tuple[Any, ...], target_arguments: tuple[Any, ...], *, is_same: bool) -> Fit:
    """Return how well type arguments fit others: those of one class not at all unless they are the same."""
    if len(arguments) != len(target_arguments):
        return Fit.NEVER if is_same else Fit.UNKNOWN
    worst = Fit.EXACT
    for source, target in zip(arguments, target_arguments, strict=True):
        each = fit(source, target)
        if source == target:
            each = Fit.EXACT
        elif target is Any or isinstance(target, TypeVar):
            each = Fit.SUBCLASS
        elif source is Any or isinstance(source, TypeVar):
            each = Fit.UNKNOWN
        elif is_same and each is not Fit.EXACT:
            each = Fit.NEVER
        worst = max(worst, each)
    return worst


def _fit_protocol(own: type, target_class: type) -> Fit:
    """Compare classes of which one is a protocol; attributes from ``__init__`` are not seen."""
    if target_class in own.__mro__:
        return Fit.SUBCLASS
    is_held = _is_protocol(target_class) and all(_has(own, name) for name in _protocol_names(target_class))
    return Fit.SUBCLASS if is_held else Fit.UNKNOWN


def _class_of(annotation: Any) -> type:
    kind = get_origin(annotation) or annotation
    return kind if isinstance(kind, type) else object


def _is_instance(value: object, annotation: Any) -> bool:
    kind = _class_of(annotation)
    if kind is object:
        return is_inert(value)
    if is_typeddict(kind):
        return isinstance(value, dict)
    if isinstance(value, bool):
        return kind is bool
    if _is_protocol(kind):
        return all(hasattr(value, name) for name in _protocol_names(kind))
    # A metaclass may refuse isinstance() with a TypeError, as that of protocols does.
    with suppress(TypeError):
        return isinstance(value, int | float if kind is float else kind)
    return is_inert(value)


def _is_protocol(kind: type) -> bool:
    return getattr(kind, "_is_protocol", False) is True


def _protocol_names(kind: type) -> set[str]:
    """Return the members that a protocol requires."""
    protocols = [base for base in kind.__mro__ if _is_protocol(base)]
    names = {name for base in protocols for name in (*vars(base), *vars(base).get("__annotations__", {}))}
    return {name for name in names if name not in _OF_PROTOCOLS and not name.startswith("_abc_")}


class _Empty:
    """A class with the attributes of every class, which are no members of a protocol."""


_OF_PROTOCOLS: Final = frozenset(
    {*vars(_Empty), *vars(object)}
    | {"__abstractmethods__", "__annotations__", "__init__", "__parameters__", "__orig_bases__", "__slots__"}
    | {"__protocol_attrs__", "__non_callable_proto_members__", "__match_args__", "__subclasshook__"}
    | {"__class_getitem__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__"}
    | {"__firstlineno__", "__type_params__", "_is_protocol", "_is_runtime_protocol", "__callable_proto_members_only__"}
)


def _has(kind: type, name: str) -> bool:
    annotations: Iterable[str] = (key for base in kind.__mro__ for key in vars(base).get("__annotations__", ()))
    return hasattr(kind, name) or name in annotations
