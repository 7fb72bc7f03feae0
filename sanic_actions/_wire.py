"""Values to bytes and back, both directions, for one declared type.

The law of this file: what `encode` writes, `decode` reads back equal and of the same Python types, on either side of
the connection. No type names travel; both ends decode against the declared type, straight from bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Generic, TypeVar, Union, get_args, get_origin

from pydantic import ConfigDict, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import (
    CoreSchema,
    PydanticSerializationError,
    SchemaSerializer,
    SchemaValidator,
    core_schema,
    from_json,
)
from typing_extensions import is_typeddict

from ._exact import exact_check, exact_dict_check
from ._fail_fast import LARGE, failing_fast
from ._issues import Complaints
from ._results import Redirect
from ._types.annotations import bare, is_union
from ._types.fields import fields_of

T = TypeVar("T")

CONFIG: Final = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
"""How values that have no configuration of their own are written: bytes as base64."""


class Codec(Generic[T]):
    """Encodes and decodes the values of one type.

    Attributes:
        schema: The core schema that validation follows, for whoever needs to know its shape.

    Raises:
        pydantic.errors.PydanticUserError: pydantic cannot build a validator for the type.
    """

    __slots__ = (
        "_complaints",
        "_finite",
        "_is_exact",
        "_is_exact_if_valid",
        "_large",
        "_serializer",
        "_strict",
        "_validator",
        "schema",
    )

    schema: CoreSchema

    def __init__(self, annotation: Any) -> None:
        annotation = _with_redirects(annotation)
        adapter: TypeAdapter[T] = adapter_of(annotation)
        self.schema, self._finite = adapter.core_schema, False
        self._validator, self._serializer = adapter.validator, adapter.serializer
        strict = _finite_floats(adapter.core_schema, declared=False)
        if strict != adapter.core_schema:
            # pydantic takes the ready-made validator of a nested model unless it is told not to, floats and all.
            self._finite = True
            self._validator = SchemaValidator(strict, _CORE_CONFIG, _use_prebuilt=False)
            self._serializer = SchemaSerializer(strict, _CORE_CONFIG, _use_prebuilt=False)
        elif is_typeddict(bare(annotation)):
            # pydantic-core's serializer of a typed dict does not look at the configuration of the dict itself.
            self._serializer = SchemaSerializer(strict, _CORE_CONFIG)
        self._is_exact = exact_check(adapter.core_schema)
        self._is_exact_if_valid = self._is_exact or exact_dict_check(adapter.core_schema)
        self._complaints = Complaints(adapter.core_schema)
        self._strict = strict
        self._large: SchemaValidator | None = None

    def decode(self, body: bytes | bytearray | str, context: Mapping[str, object] | None = None) -> T:
        """Read a value from JSON, by alias or by field name.

        Raises:
            InputError: It is no JSON, or no value of this type.
        """
        try:
            validator = self._validator if len(body) < LARGE else self._validator_of_large()
            value: T = validator.validate_json(body, by_alias=True, by_name=True, context=context)
        except ValidationError as error:
            raise self._complaints.error(error) from None
        return value

    def _validator_of_large(self) -> SchemaValidator:
        if self._large is None:
            self._large = SchemaValidator(failing_fast(self._strict), _CORE_CONFIG, _use_prebuilt=False)
        return self._large

    def validate(self, value: object) -> T:
        """Check a Python value, fields by their names, and bring it to the declared type.

        Raises:
            InputError: It is no value of this type.
        """
        try:
            valid: T = self._validator.validate_python(value, by_alias=False, by_name=True)
        except ValidationError as error:
            raise self._complaints.error(error) from None
        return valid

    def write(self, value: object) -> bytes:
        """Check a Python value and write it as JSON, by alias.

        Raises:
            InputError: It is no value of this type.
            ValueError: It is or holds a NaN or an infinity that was not declared.
        """
        # Validation leaves an exact value as it is.
        if self._is_exact is not None and self._is_exact(value):
            return self._exact_json(value)
        return self.encode(self.validate(value))

    def encode(self, value: T) -> bytes:
        """Write a value of the declared type as JSON, by alias.

        The value must be what ``validate`` gives: of None and of another model pydantic does not complain here.

        Raises:
            ValueError: Something in it is not of its declared type, or is NaN or an infinity that was not declared.
        """
        if self._is_exact_if_valid is not None and self._is_exact_if_valid(value):
            return self._exact_json(value)
        try:
            body = self._serializer.to_json(value, by_alias=True, warnings="error")
        except PydanticSerializationError as error:
            raise ValueError(str(error)) from None
        return self._finite_json(body)

    def _exact_json(self, value: object) -> bytes:
        return self._finite_json(self._serializer.to_json(value, by_alias=True))

    def _finite_json(self, body: bytes) -> bytes:
        if self._finite and (b"NaN" in body or b"Infinity" in body):
            from_json(body, allow_inf_nan=False)  # raises ValueError unless the words stand in a text
        return body


def adapter_of(annotation: Any) -> TypeAdapter[Any]:
    """What pydantic makes of a type that travels."""
    annotation = _with_redirects(annotation)
    return TypeAdapter(annotation, config=None if _has_config(annotation) else CONFIG)


def _has_config(annotation: Any) -> bool:
    """Whether the type brings a configuration of its own, which pydantic does not let an adapter override."""
    return fields_of(annotation) is not None or hasattr(bare(annotation), "__pydantic_root_model__")


# NaN and the infinities are no JSON: pydantic reads them anyway and writes null for them. Here they are refused, in
# both directions, unless a float says that it may be one, or its model says how it writes them.

_CORE_CONFIG: Final = core_schema.CoreConfig(
    ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants"
)
_INNER: Final = frozenset(
    {
        *(
            "schema",
            "items_schema",
            "keys_schema",
            "values_schema",
            "fields",
            "choices",
            "steps",
            "definitions",
        ),
        *(
            "lax_schema",
            "strict_schema",
            "python_schema",
            "json_schema",
            "arguments_schema",
            "extras_schema",
        ),
        *("var_args_schema", "var_kwargs_schema", "return_schema", "serialization"),
    }
)


def _finite_floats(schema: Any, *, declared: bool) -> Any:
    """A copy of a core schema whose floats are finite; equal to the original if there are none to change."""
    if isinstance(schema, list | tuple):
        return type(schema)(_finite_floats(item, declared=declared) for item in schema)
    if not isinstance(schema, dict):
        return schema
    config = schema.get("config")
    if config is not None:
        declared = _declares_infinity(config)
    if schema.get("type") == "float" and not declared and "allow_inf_nan" not in schema:
        return {**schema, "allow_inf_nan": False}
    inner = {k: _inner_floats(k, v, declared) for k, v in schema.items() if k in _INNER}
    if all(inner[key] == schema[key] for key in inner):
        return schema
    changed = {**schema, **inner}
    if config is not None and "ser_json_inf_nan" not in config:
        changed["config"] = {**config, "ser_json_inf_nan": "constants"}
    return changed


def _inner_floats(key: str, value: Any, declared: bool) -> Any:
    if isinstance(value, dict) and (key == "fields" or (key == "choices" and "type" not in value)):
        return {name: _finite_floats(item, declared=declared) for name, item in value.items()}
    return _finite_floats(value, declared=declared)


def _declares_infinity(config: Mapping[str, Any]) -> bool:
    return config.get("allow_inf_nan") is True or config.get("ser_json_inf_nan") in (
        "constants",
        "strings",
    )


# A redirect as an outcome travels as {"location": ..., "data": ...}.


def _with_redirects(annotation: Any) -> Any:
    """The output type with a schema for ``Redirect``, alone or as a member of the union of outcomes."""
    if get_origin(annotation) is Redirect or annotation is Redirect:
        return Annotated[annotation, _RedirectSchema()]
    members = get_args(annotation)
    if is_union(annotation) and any((get_origin(m) or m) is Redirect for m in members):
        return Union[tuple(_with_redirects(member) for member in members)]  # noqa: UP007  # made at run time
    return annotation


class _RedirectSchema:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        data = handler.generate_schema((get_args(source) or (None,))[0])
        shape = core_schema.typed_dict_schema(
            {
                "location": core_schema.typed_dict_field(core_schema.str_schema()),
                "data": core_schema.typed_dict_field(data, required=True),
            },
            extra_behavior="forbid",
        )
        made = core_schema.no_info_after_validator_function(lambda d: Redirect(d["location"], d["data"]), shape)
        written = core_schema.plain_serializer_function_ser_schema(
            lambda redirect: {"location": redirect.to, "data": redirect.data},
            return_schema=shape,
        )
        return core_schema.json_or_python_schema(
            json_schema=made,
            python_schema=core_schema.is_instance_schema(Redirect),
            serialization=written,
        )
