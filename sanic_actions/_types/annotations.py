"""Read annotations: unwrap ``Annotated``, aliases and qualifiers, and take generics apart.

``typing``, typing_extensions and pydantic each have kinds of their own for the same thing, some of
which differ between versions of Python; the rest of the package never asks which one it has.
"""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import GenericAlias, UnionType
from typing import Annotated, Any, Final, Literal, ParamSpec, Self, TypeVar, Union, get_args, get_origin

from .._pydantic import generic_arguments, generic_origin, generic_parameters
from .type_aliases import is_alias, value_of

UNIONS: Final = frozenset({Union, UnionType})
QUALIFIERS: Final = frozenset({"Required", "NotRequired", "ReadOnly"})


def is_union(annotation: Any) -> bool:
    """Return whether this is ``A | B`` or ``Union[A, B]``."""
    if type(annotation) is UnionType:
        return True
    return not isinstance(annotation, type) and get_origin(annotation) in UNIONS


def is_annotated(annotation: Any) -> bool:
    """Return whether this is ``Annotated[T, ...]``; its origin would take ten times as long."""
    return type(annotation) is _ANNOTATED_KIND


_ANNOTATED_KIND: Final = type(Annotated[int, ""])


def bare(annotation: Any) -> Any:
    """Return the type without ``Annotated`` metadata, behind its aliases and ``NewType``."""
    # Each turn takes one layer off; value_of refuses endless aliases.
    while not isinstance(annotation, type):
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        inner = behind_alias(annotation)
        if inner is annotation:
            break
        annotation = inner
    return annotation


def behind_alias(annotation: Any) -> Any:
    """Return the type behind one ``type X = ...`` alias or one ``NewType``; any other as it is."""
    supertype = getattr(annotation, "__supertype__", None)
    if supertype is not None:
        return supertype
    alias = get_origin(annotation) or annotation
    if not is_alias(alias):
        return annotation
    values = dict(zip(alias.__type_params__, get_args(annotation), strict=False))
    return substitute(value_of(alias), values)


def without_qualifiers(hint: Any) -> Any:
    """Return an annotation without its qualifier, such as ``NotRequired`` around or in it."""
    if _qualifier(hint) is not None:
        return without_qualifiers(get_args(hint)[0])
    if get_origin(hint) is Annotated:
        inner, *metadata = get_args(hint)
        return Annotated[(without_qualifiers(inner), *metadata)]
    return hint


def stated_qualifiers(hint: Any) -> Iterator[str]:
    """Yield the qualifiers of a typed dict's key, outermost first, such as ``NotRequired``."""
    while (name := _qualifier(hint)) is not None or get_origin(hint) is Annotated:
        if name is not None:
            yield name
        hint = get_args(hint)[0]


def _qualifier(hint: Any) -> str | None:
    origin = get_origin(hint)
    name: str = getattr(origin, "__name__", getattr(origin, "_name", ""))
    if name in QUALIFIERS:
        return name
    return None


def class_of(annotation: Any) -> tuple[Any, dict[Any, Any]]:
    """Return the class behind an annotation, with the values of its type variables."""
    # The two frequent cases come first: the walk over all actions asks this for every type.
    if isinstance(annotation, type):
        return annotation, {}
    if type(annotation) is GenericAlias:
        origin, arguments = annotation.__origin__, annotation.__args__
    else:
        origin, arguments = get_origin(annotation), get_args(annotation)
    if not isinstance(origin, type) or origin in _SPECIAL:
        annotation = bare(annotation)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is None or origin in UNIONS:
            return annotation, {}
    return origin, dict(zip(getattr(origin, "__parameters__", ()), arguments, strict=False))


_SPECIAL: Final = frozenset({*UNIONS, Annotated})

_SCHEMA: Final = "__get_pydantic_core_schema__"


def key_of(annotation: Any) -> Any:
    """Return what stands for an annotation in a set or a dict: itself, or its id where it has no hash."""
    try:
        hash(annotation)
    except TypeError:  # Annotated with metadata that cannot be hashed
        return id(annotation)
    return annotation


def may_be(value: object, annotation: Any) -> bool:
    """Return whether a value can be of a type by its class; if that says nothing, it can."""
    annotation = bare(annotation)
    if is_union(annotation):
        return any(may_be(value, member) for member in get_args(annotation))
    if get_origin(annotation) is Literal:
        return value in get_args(annotation)
    if annotation is None:
        return value is None
    target = get_origin(annotation) or annotation
    if not isinstance(target, type) or (_SCHEMA in vars(target) and not hasattr(target, "model_fields")):
        return True  # such as EmailStr, whose values are plain strings
    try:
        return isinstance(value, _INSTANCES.get(target, target))
    except TypeError:  # typed dicts and protocols refuse isinstance()
        return True


_INSTANCES: Final[Mapping[Any, Any]] = {float: int | float}
"""Types with values of other classes: for type checkers, an int is a float too (PEP 484)."""


def replace_recursion(annotation: Any, target: Any) -> Any:
    """Return the annotation with the class in place of ``Self`` and of pydantic's recursion."""
    if isinstance(annotation, type):
        return annotation  # the usual case
    if annotation is Self:
        return target
    # By name, since pydantic does not export the class.
    if type(annotation).__name__ == "PydanticRecursiveRef":
        return target
    return with_arguments(annotation, lambda argument: replace_recursion(argument, target))


def with_arguments(annotation: Any, change: Callable[[Any], Any]) -> Any:
    """Return a generic or a union with each argument changed; itself where nothing changes."""
    origin = get_origin(annotation)
    if origin is None or origin is Literal:
        return annotation
    arguments = get_args(annotation)
    # Metadata stays as it is: only the type itself is an argument.
    if origin is Annotated:
        inner = change(arguments[0])
        if inner is arguments[0]:
            return annotation
        return Annotated[(inner, *arguments[1:])]
    results = tuple(map(change, arguments))
    if all(map(operator.is_, results, arguments)):
        return annotation
    if origin in UNIONS:
        return union_of(results)
    return origin[results]


def union_of(members: Iterable[Any]) -> Any:
    """Return the union of some types, which may be strings and forward references too."""
    return Union[tuple(members)]  # noqa: UP007  # `|` takes no strings


def substitute(annotation: Any, arguments: Mapping[Any, Any]) -> Any:
    """Return the annotation with type variables replaced."""
    # Other annotations need not have a hash.
    if isinstance(annotation, _VARIABLES) and annotation in arguments:
        return arguments[annotation]
    if not arguments:
        return annotation
    # Page[T] is a class of its own to pydantic, whose type variables typing does not see.
    if parameters := generic_parameters(annotation):
        return annotation[_replaced(parameters, arguments)]
    annotation = with_arguments(annotation, lambda argument: substitute(argument, arguments))
    parameters = getattr(annotation, "__parameters__", ())
    if not isinstance(parameters, tuple) or not parameters or not arguments.keys() & set(parameters):
        return annotation
    return annotation[_replaced(parameters, arguments)]


_VARIABLES: Final = (TypeVar, ParamSpec)


def _replaced(parameters: tuple[Any, ...], arguments: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(map(arguments.get, parameters, parameters))


def generic_parts(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return class and arguments of ``Page[User]``, which pydantic makes a class of its own."""
    # The frequent kinds come first: typing's own functions test for a dozen others before these.
    kind = type(annotation)
    if kind is type:  # not a model, which has a metaclass
        origin, arguments = None, ()
    elif kind is GenericAlias:
        origin, arguments = annotation.__origin__, annotation.__args__
    elif kind is UnionType:
        origin, arguments = UnionType, annotation.__args__
    elif is_annotated(annotation):
        origin, arguments = Annotated, (annotation.__origin__, *annotation.__metadata__)
    elif not isinstance(annotation, type):
        origin, arguments = get_origin(annotation), get_args(annotation)
    else:
        origin, arguments = generic_origin(annotation), generic_arguments(annotation)
    return origin, arguments


def is_foreign(obj: Any) -> bool:
    """Return whether every client can import this: from Python, pydantic or this library."""
    # str(), since an object may have anything as its __module__.
    name = str(obj.__module__).partition(".")[0]
    return name in FOREIGN and not _hides_standard_module(name)


def _hides_standard_module(name: str) -> bool:
    """Return whether a module of the server hides one of Python's, such as ``calendar.py``."""
    # Nothing hides builtins, where most types are.
    if name == "builtins" or name not in sys.stdlib_module_names:
        return False
    # Modules inside the interpreter have none.
    file = getattr(sys.modules.get(name), "__file__", None)
    return file is not None and not file.startswith(_STANDARD_FOLDER)


_STANDARD_FOLDER: Final = os.__file__.removesuffix("os.py")


FOREIGN: Final = (sys.stdlib_module_names - {"__main__"}) | {
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "sanic_actions",
    "typing_extensions",
}
