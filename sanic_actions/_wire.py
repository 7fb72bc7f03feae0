"""Values to bytes and back, both directions, for one declared type.

The rule of this file: what `encode` writes, `decode` reads back equal and of the same Python types,
on either side of the connection. No type names travel; both ends decode against the declared type,
straight from bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

from pydantic import ConfigDict, RootModel, TypeAdapter, ValidationError
from pydantic_core import (
    ErrorDetails,
    PydanticSerializationError,
    SchemaSerializer,
    SchemaValidator,
    core_schema,
    from_json,
)
from typing_extensions import is_typeddict

from ._errors import InputError, Issue
from ._issues import MAX_COUNTED, IssueReader
from ._mismatch import unexpected_values
from ._pydantic import build_serializer, build_validator
from ._schemas.collisions import DICTS, SETS, without_collisions
from ._schemas.computed import with_computed_fields
from ._schemas.copies import with_copied_defaults
from ._schemas.defaults import always_validated, with_validated_defaults
from ._schemas.encoded import with_bytes_in_place, with_encoded_bytes, with_own_encodings
from ._schemas.enum_keys import with_readable_keys
from ._schemas.exact import exact_check
from ._schemas.fail_fast import LARGE, LARGE_RECURSIVE, failing_fast
from ._schemas.finite import declares_infinite, finite, infinite_places
from ._schemas.known_fields import with_known_fields
from ._schemas.named_tuples import with_written_places
from ._schemas.python_validators import FUNCTIONS, refusing, with_networks_first
from ._schemas.redirect_schema import with_redirects
from ._schemas.serializer_results import reading_serializer_results
from ._schemas.set_fields import noting_set_fields
from ._schemas.swapped_names import has_crossed_names
from ._schemas.tags import is_recursive, tagged, tagged_throughout
from ._schemas.unwritable_keys import unwritable_key
from ._schemas.walk import Node, types_in
from ._schemas.whole_patterns import with_whole_patterns
from ._server_mistakes import value_error
from ._types.annotations import bare
from ._types.fields import fields_of

T = TypeVar("T")

CONFIG: Final = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
"""How values that have no configuration of their own are written: bytes as base64."""


class Codec(Generic[T]):
    """Encodes and decodes the values of one type.

    Attributes:
        schema: The core schema that validation follows, before it is changed for what it reads.

    Raises:
        pydantic.errors.PydanticUserError: pydantic cannot build a validator for the type.
    """

    __slots__ = (
        "_by_alias",
        "_by_tag",
        "_finite",
        "_has_near_defaults",
        "_has_unions",
        "_is_exact",
        "_issue_reader",
        "_large",
        "_large_from",
        "_read",
        "_reader_of_written",
        "_serializer",
        "_validator",
        "_written",
        "schema",
    )

    schema: Node

    def __init__(self, annotation: Any) -> None:
        annotation = with_redirects(annotation)
        adapter: TypeAdapter[T] = adapter_of(annotation)
        types = types_in(adapter.core_schema)
        self.schema = _changed(adapter.core_schema, types, _SHAPES)
        self._issue_reader = IssueReader(self.schema)
        self._validator = adapter.validator
        self._serializer = adapter.serializer
        self._written = _changed(self.schema, types, _FLOATS)
        self._finite = self._written is not self.schema
        self._is_exact = exact_check(self.schema)
        if self._written is not adapter.core_schema:
            self._serializer = build_serializer(self._written, _CORE_CONFIG)
        elif is_typeddict(bare(annotation)):
            # pydantic-core's serializer of a typed dict ignores the configuration of the dict
            # itself.
            self._serializer = SchemaSerializer(adapter.core_schema, _CORE_CONFIG)
        validating = _changed(self._written, types, _DEFAULTS)
        self._has_near_defaults = validating is not self._written
        self._read = _changed(validating, types, (*_VALIDATORS, *_COLLECTIONS))
        if self._read is not adapter.core_schema:
            self._validator = build_validator(self._read, _CORE_CONFIG)
        self._by_alias = not has_crossed_names(self.schema)
        self._has_unions = "union" in types
        self._by_tag: tuple[SchemaValidator, IssueReader] | None = None
        self._large: SchemaValidator | None = None
        self._reader_of_written: SchemaValidator | None = None
        self._large_from = LARGE
        if "definition-ref" in types and is_recursive(self.schema):
            self._large_from = LARGE_RECURSIVE

    def decode(
        self,
        body: bytes | bytearray | str,
        context: Mapping[str, object] | None = None,
    ) -> T:
        """Read a value from JSON, by alias or by field name.

        Raises:
            InputError: It is not JSON, or not a value of this type.
        """
        try:
            validator = self._validator
            if len(body) >= self._large_from:
                validator = self._validator_of_large()
            value: T = validator.validate_json(body, by_alias=True, by_name=True, context=context)
        except ValidationError as error:
            raise self._error(error, body, context) from None
        except RecursionError:
            # In the user's validators, whose depth pydantic's own bound does not count.
            raise InputError([Issue("", "The input is nested too deeply", "recursion_loop")]) from None
        return value

    def _error(
        self, error: ValidationError, body: bytes | bytearray | str, context: Mapping[str, object] | None
    ) -> InputError:
        """Return the error of an input; in a union, the error of the member that its tag names."""
        # Reading it a second time may cost as much as the first: not for a large input.
        if not self._has_unions or len(body) >= self._large_from:
            return self._issue_reader.error(error)
        if self._by_tag is None:
            schema = tagged_throughout(self._read)
            self._by_tag = build_validator(schema, _CORE_CONFIG), IssueReader(schema)
        validator, reader = self._by_tag
        try:
            validator.validate_json(body, by_alias=True, by_name=True, context=context)
        except ValidationError as by_tag:
            # Without its tag an input may still be valid, where the tag has a default: then the
            # first error counts.
            if not any(detail["type"] == "union_tag_not_found" for detail in _details(by_tag)):
                return reader.error(by_tag)
        return self._issue_reader.error(error)

    def _validator_of_large(self) -> SchemaValidator:
        # Built on first use, since most types never get a large input.
        if self._large is None:
            self._large = build_validator(failing_fast(self._read), _CORE_CONFIG)
        return self._large

    def decode_written(self, body: bytes) -> T:
        """Read a value back from its own JSON, even if a serializer wrote it as another type.

        Raises:
            InputError: It was written as another type.
        """
        if self._reader_of_written is None:
            self._reader_of_written = build_validator(reading_serializer_results(self._read), _CORE_CONFIG)
        try:
            value: T = self._reader_of_written.validate_json(body, by_alias=True, by_name=True)
        except ValidationError as error:
            raise self._issue_reader.error(error) from None
        return value

    def writer(self) -> Callable[[object], bytes]:
        """Return a function that checks a value and writes it as JSON, by alias, set fields only.

        The function raises InputError for a value of another type, and ValueError as ``encode``
        does.
        """
        serializer = self._serializer
        noting = noting_set_fields(self._written)
        if noting is not self._written:
            serializer = build_serializer(noting, _CORE_CONFIG)

        def write(value: object) -> bytes:
            return self._json(serializer, self.validate(value), exclude_unset=True)

        return write

    def validate(self, value: object) -> T:
        """Check a Python value, fields by name or alias, and bring it to the declared type.

        Raises:
            InputError: It is not a value of this type.
        """
        try:
            valid: T = self._validator.validate_python(value, by_alias=self._by_alias, by_name=True)
        except ValidationError as error:
            raise self._issue_reader.error(error) from None
        return valid

    def write(self, value: object) -> bytes:
        """Check a Python value and write it as JSON, by alias.

        Raises:
            InputError: It is not a value of this type.
            ValueError: It is or holds a NaN or an infinity that was not declared.
        """
        is_exact = self._is_exact
        if is_exact is None or not is_exact(value):
            return self.encode(self.validate(value))
        # An exact value passes validation unchanged, and the serializer has nothing to warn of.
        body = self._serializer.to_json(value, by_alias=True)
        if _REPLACEMENT in body:
            self._check_keys(value)
        if self._finite:
            self._check_finite(body)
        return body

    def encode(self, value: T) -> bytes:
        """Write a value of the declared type as JSON, by alias.

        The value must come from ``validate``: here pydantic accepts None and other models without a
        warning.

        Raises:
            ValueError: Something in it is not of its declared type, or is NaN or an infinity that
                was not declared.
        """
        return self._json(self._serializer, value, exclude_unset=False)

    def _json(self, serializer: SchemaSerializer, value: T, *, exclude_unset: bool) -> bytes:
        try:
            body = serializer.to_json(value, by_alias=True, exclude_unset=exclude_unset, warnings="error")
        except PydanticSerializationError as error:
            body = self._json_again(serializer, value, error, exclude_unset=exclude_unset)
        if _REPLACEMENT in body:
            self._check_keys(value)
        if self._finite:
            self._check_finite(body)
        return body

    def _json_again(
        self, serializer: SchemaSerializer, value: T, error: PydanticSerializationError, *, exclude_unset: bool
    ) -> bytes:
        """Write a value whose fields may hold defaults of a near type that nobody validated.

        Raises:
            ValueError: It is not of its type even after its defaults were validated.
        """
        if not self._has_near_defaults:
            raise value_error(unexpected_values(value, error)) from None
        validator = build_validator(always_validated(self._read), _CORE_CONFIG)
        try:
            valid = validator.validate_python(value, by_alias=self._by_alias, by_name=True)
            return serializer.to_json(valid, by_alias=True, exclude_unset=exclude_unset, warnings="error")
        except (ValidationError, PydanticSerializationError):
            raise value_error(unexpected_values(value, error)) from None

    def _check_keys(self, value: object) -> None:
        """Raise ValueError for a key that was written with replacement characters."""
        plain: object = value
        with suppress(TypeError):  # a set of objects cannot become a set of dictionaries
            plain = self._serializer.to_python(value, by_alias=True)
        key = unwritable_key(plain)
        if key is not None:
            raise value_error(f"the key {key!a:.60} has half a surrogate pair, and UTF-8 has no bytes for that.")

    def _check_finite(self, body: bytes) -> None:
        """Raise ValueError, with the place, for a NaN or an infinity that was not declared."""
        if b"NaN" not in body and b"Infinity" not in body:
            return
        paths = [path.removeprefix(".") for path in infinite_places(from_json(body))]
        if paths and declares_infinite(self._written):
            paths = self._undeclared_places(body)
        if paths:
            where = ", ".join(map(repr, filter(None, sorted(paths)))) or "it"
            raise value_error(f"{where} is NaN or infinite; declare Field(allow_inf_nan=True) if it may be.")

    def _undeclared_places(self, body: bytes) -> list[str]:
        """Return where a type that declares some NaN or infinite numbers holds another one."""
        schema = with_computed_fields(reading_serializer_results(self._read))
        try:
            build_validator(schema, _CORE_CONFIG).validate_json(body, by_alias=True, by_name=True)
        except ValidationError as error:
            issues = IssueReader(schema).error(error).issues
            return [issue.path for issue in issues if issue.type == "finite_number"]
        return []


def _details(error: ValidationError) -> list[ErrorDetails]:
    """Return pydantic's errors of an input; none if there are too many to list."""
    if error.error_count() > MAX_COUNTED:
        return []
    return error.errors(include_url=False, include_context=False, include_input=False)


def adapter_of(annotation: Any) -> TypeAdapter[Any]:
    """Return pydantic's adapter of a type, with our configuration unless it has its own."""
    annotation = with_redirects(annotation)
    if _has_config(annotation):
        return TypeAdapter(annotation)
    return TypeAdapter(annotation, config=CONFIG)


def _has_config(annotation: Any) -> bool:
    """Return whether a type has its own configuration, which no adapter may override."""
    target = bare(annotation)
    is_root = isinstance(target, type) and issubclass(target, RootModel)
    return is_root or fields_of(annotation) is not None


_REPLACEMENT: Final = "\ufffd".encode()

_CORE_CONFIG: Final = core_schema.CoreConfig(
    ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants"
)


# The changes to schemas, each with the types of nodes that it looks for. A walk through a schema
# takes longer than building its validator, and most schemas hold few of these types.

Changes = Sequence[tuple[frozenset[str], Callable[[Node], Node]]]

_SHAPES: Final[Changes] = (
    (frozenset({"dataclass"}), with_known_fields),
    (frozenset({"definition-ref"}), tagged),
    (frozenset({"call"}), with_written_places),
    (frozenset({"bytes"}), with_encoded_bytes),
    (frozenset({"definition-ref"}), with_bytes_in_place),
    (frozenset({"typed-dict"}), with_own_encodings),
    (frozenset({"function-plain"}), with_whole_patterns),
)
_VALIDATORS: Final[Changes] = (
    (FUNCTIONS, refusing),
    (frozenset({"lax-or-strict"}), with_networks_first),
)
_FLOATS: Final[Changes] = ((frozenset({"float", "extras"}), finite),)
_DEFAULTS: Final[Changes] = ((frozenset({"default"}), with_validated_defaults),)
_COLLECTIONS: Final[Changes] = (
    (SETS | DICTS, without_collisions),
    (DICTS, with_readable_keys),
    (frozenset({"default"}), with_copied_defaults),
)


def _changed(schema: Node, types: set[str], changes: Changes) -> Node:
    """Return a schema after those changes that can change it; the same object where none does."""
    for changed_types, change in changes:
        if not types.isdisjoint(changed_types):
            schema = change(schema)
    return schema
