"""Values that a copied model cannot know: defaults made by the server, and computed fields.

No made-up value takes the place of such a value. It is left out when the object is sent, and
reading it raises an ``AttributeError`` that explains why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Unknown:
    """Keeps the place of a value that only the server knows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<known to the server>"

    def __reduce__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


class Uncomputed(Unknown):
    """Keeps the place of a computed value: objects with and without it are equal if all else is."""

    __slots__ = ()

    def __reduce__(self) -> str:
        return "UNCOMPUTED"

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


UNKNOWN = Unknown()
UNCOMPUTED = Uncomputed()


def unknown() -> object:
    """Return the mark of a default that only the server knows."""
    return UNKNOWN


def uncomputed() -> object:
    """Return the mark of a computed value that the server has not sent."""
    return UNCOMPUTED


def is_unknown(value: object) -> bool:
    """Return whether a value is one of the marks, which are never written."""
    return isinstance(value, Unknown)


class ComputedValue:
    """A computed field of a copy, which stubs show as a property."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        # On the class there is nothing: pydantic would take it for the default of a subclass's field.
        if instance is None:
            raise AttributeError(self.name)
        return instance.__dict__[self.name]

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__[self.name] = value


def server_only(model: type, sentences: Mapping[str, str]) -> None:
    """Make reading a field that is unknown an AttributeError.

    Args:
        model: The copy of a model.
        sentences: What the error says, by the name of the field.
    """
    # Nothing in pydantic is called when a field is read, so the two hooks of Python are.
    copy: Any = model
    get, missing = copy.__getattribute__, copy.__getattr__

    def __getattribute__(self: object, name: str) -> Any:
        value = get(self, name)
        if name in sentences and is_unknown(value):
            raise AttributeError(sentences[name])
        return value

    def __getattr__(self: object, name: str) -> Any:
        # Python asks here after an AttributeError, and pydantic's own answer would hide the sentence.
        if name in sentences:
            raise AttributeError(sentences[name])
        return missing(self, name)

    copy.__getattribute__, copy.__getattr__ = __getattribute__, __getattr__
    for name in sentences:
        if copy.__pydantic_fields__[name].default_factory is uncomputed:
            setattr(copy, name, ComputedValue(name))
    if copy.model_config.get("frozen"):
        # pydantic's own hash counts computed values, which equality leaves out.
        copy.__hash__ = _hash


def server_only_fields(cls: type, sentences: Mapping[str, str]) -> None:
    """Make reading a field of a dataclass that is unknown an AttributeError.

    pydantic reads the fields of a dataclass one by one to write them, so it is given those that are
    known.

    Args:
        cls: The copy of a dataclass.
        sentences: What the error says, by the name of the field.
    """
    copy: Any = cls
    get = copy.__getattribute__

    def __getattribute__(self: object, name: str) -> Any:
        value = get(self, name)
        if name in sentences and is_unknown(value):
            raise AttributeError(sentences[name])
        return value

    copy.__getattribute__ = __getattribute__
    copy.__get_pydantic_core_schema__ = classmethod(_partial_schema)
    # pydantic does not call that for Note[int].
    copy.__known_fields__ = _known
    if copy.__dataclass_params__.repr:
        copy.__repr__ = _known_repr
    if copy.__dataclass_params__.eq:
        is_hashed = copy.__hash__ is not None
        copy.__eq__ = _known_equal
        copy.__hash__ = _known_hash if is_hashed else None
    if "__pydantic_core_schema__" in vars(cls):
        from pydantic.dataclasses import rebuild_dataclass

        # pydantic's own dataclasses have their serializer already.
        rebuild_dataclass(copy, force=True, raise_errors=False)


def _known(value: Any) -> dict[str, Any]:
    fields = object.__getattribute__(value, "__dict__")
    return {name: fields[name] for name in fields if not is_unknown(fields[name])}


def _known_repr(self: Any) -> str:
    """Return the call that makes an equal object, without the fields that a repr does not show."""
    fields = _without(_known(self), type(self), "repr")
    arguments = ", ".join([f"{name}={fields[name]!r}" for name in fields])
    return f"{type(self).__qualname__}({arguments})"


def _known_equal(self: Any, other: object) -> Any:
    """Compare as a dataclass does, without reading what is unknown."""
    if type(other) is type(self):
        cls = type(self)
        return _without(_known(self), cls, "compare") == _without(_known(other), cls, "compare")
    return NotImplemented


def _without(values: dict[str, Any], cls: Any, option: str) -> dict[str, Any]:
    """Return the values without fields that are left out: ``repr=False``, ``compare=False``."""
    fields = cls.__dataclass_fields__
    return {name: values[name] for name in values if name not in fields or getattr(fields[name], option)}


def _known_hash(self: Any) -> int:
    """Return the hash of a dataclass, without reading what is unknown."""
    fields = type(self).__dataclass_fields__
    known = _known(self)
    names = [name for name in fields if name in known and _is_hashed(fields[name])]
    return hash((type(self), *(known[name] for name in names)))


def _is_hashed(field: Any) -> bool:
    if field.hash is None:
        return bool(field.compare)
    return bool(field.hash)


def _partial_schema(cls: type, source: Any, handler: Any) -> Any:
    """Return the schema of a dataclass whose serializer is given the known fields only."""
    from .._schemas.known_fields import write_partly

    schema = handler(source)
    if schema["type"] == "definition-ref":
        node = handler.resolve_ref_schema(schema)
    else:
        node = schema
    node["serialization"] = write_partly(node, _known)
    return schema


def _hash(self: Any) -> int:
    """Return a frozen model's hash, without computed values, which equality ignores."""
    fields = type(self).__pydantic_fields__
    names = [name for name in fields if fields[name].default_factory is not uncomputed]
    return hash((type(self), *(self.__dict__[name] for name in names)))
