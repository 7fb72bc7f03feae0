"""Every use of private parts of pydantic and pydantic-core, each with its reason.

A new version of pydantic may need changes here; ``nox -s lowest`` tests the oldest supported one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from pydantic import BaseModel, IPvAnyAddress, IPvAnyInterface, IPvAnyNetwork
from pydantic.fields import FieldInfo
from pydantic.networks import _BaseMultiHostUrl, _BaseUrl
from pydantic_core import CoreConfig, SchemaSerializer, SchemaValidator

from ._schemas.walk import Node, children

URLS: Final[tuple[type, ...]] = (_BaseUrl, _BaseMultiHostUrl)
"""The bases of all URL types: the public classes derive from these, and not from each other."""


class Decorators(Protocol):
    """The validators, serializers and computed fields of a class."""

    computed_fields: Mapping[str, Any]
    field_validators: Mapping[str, Any]
    field_serializers: Mapping[str, Any]
    model_serializers: Mapping[str, Any]


def decorators_of(target: Any) -> Decorators | None:
    """Return the decorators of a model or a dataclass; None for any other type.

    ``model_computed_fields`` is public, but serializers have no public name, and dataclasses have
    none for either.
    """
    decorators: Decorators | None = getattr(target, "__pydantic_decorators__", None)
    return decorators


def computed_fields(target: Any) -> Mapping[str, Any]:
    """Return the computed fields of a model or a dataclass; none for any other type."""
    decorators = decorators_of(target)
    if decorators is None:
        return {}
    return decorators.computed_fields


def is_complete(model: type[BaseModel]) -> bool:
    """Return whether all names in a model's annotations were found; pydantic does not say."""
    return model.__pydantic_complete__ is True


def generic_origin(target: Any) -> Any:
    """Return the model that a model with type arguments was made of; None for any other type."""
    return getattr(target, "__pydantic_generic_metadata__", {}).get("origin")


def generic_arguments(target: Any) -> tuple[Any, ...]:
    """Return the types that a model with type arguments was made with; none for any other type."""
    arguments: tuple[Any, ...] = getattr(target, "__pydantic_generic_metadata__", {}).get("args", ())
    return arguments


def generic_parameters(target: Any) -> tuple[Any, ...]:
    """Return the type variables that a generic model still has; typing does not see them."""
    parameters: tuple[Any, ...] = getattr(target, "__pydantic_generic_metadata__", {}).get("parameters", ())
    return parameters


def model_fields(target: Any) -> Mapping[str, FieldInfo] | None:
    """Return the fields of a model or a dataclass of pydantic; None for any other class.

    pydantic has no public name for those of a dataclass.
    """
    fields: Mapping[str, FieldInfo] | None = getattr(target, "__pydantic_fields__", None)
    return fields


_STANDARD: Final = "pydantic._internal._validators"
"""Where pydantic keeps validators of standard types and constraints that its core lacks."""


def is_python_validator(function: object) -> bool:
    """Return whether a function of a schema is a validator that pydantic wrote in Python, such as those of networks.

    pydantic-core turns their ValueError into a validation error, and lets all other exceptions
    through.
    """
    function = getattr(function, "func", function)  # constraints are partial functions
    if getattr(function, "__self__", None) in _ANY_IP:
        return True
    return getattr(function, "__module__", None) == _STANDARD


def is_zone_validator(function: Any) -> bool:
    """Return whether a validator is pydantic's own of time zones."""
    return is_python_validator(function) and getattr(function, "__name__", "") == "validate_str_is_valid_iana_tz"


_ANY_IP: Final = (IPvAnyAddress, IPvAnyInterface, IPvAnyNetwork)

_HAS_ARGUMENT: Final = "_use_prebuilt" in (SchemaValidator.__text_signature__ or "")
"""Whether pydantic-core has the argument with which nested models follow the given schema, instead of
the validators that their classes have. It came with pydantic 2.13; there is no public way."""

_BUILDING: Final = threading.Lock()


def build_validator(schema: Node, config: CoreConfig) -> SchemaValidator:
    """Return a validator that follows the schema, in nested models too."""
    node: Any = schema
    if _HAS_ARGUMENT:
        return SchemaValidator(node, config, _use_prebuilt=False)
    with _incomplete(schema):
        return SchemaValidator(node, config)


def build_serializer(schema: Node, config: CoreConfig) -> SchemaSerializer:
    """Return a serializer that follows the schema, in nested models too."""
    node: Any = schema
    if _HAS_ARGUMENT:
        return SchemaSerializer(node, config, _use_prebuilt=False)
    with _incomplete(schema):
        return SchemaSerializer(node, config)


@contextlib.contextmanager
def _incomplete(schema: Node) -> Iterator[None]:
    """Mark a schema's models as incomplete, so that pydantic-core before 2.42 follows it.

    The lock keeps two threads from undoing each other's marks. Only the building of validators
    reads them.
    """
    with _BUILDING:
        models = [model for model in _models_in(schema) if model.__dict__.get("__pydantic_complete__")]
        try:
            for model in models:
                model.__pydantic_complete__ = False
            yield
        finally:
            for model in models:
                model.__pydantic_complete__ = True


def _models_in(schema: Node) -> set[Any]:
    models = set()
    pending = [schema]
    while pending:  # a schema is a tree: references to definitions are not followed
        node = pending.pop()
        if node["type"] in ("model", "dataclass"):
            models.add(node["cls"])
        pending.extend(children(node))
    return models
