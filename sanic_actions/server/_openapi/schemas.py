"""The JSON schemas of all types of a tree, made together so that each model is described once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Flag
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..._entry import Entry
from ..._files import UploadedFile
from ..._types.fields import parameters_type
from ..._wire import adapter_of
from .._call.endpoint import error_type
from .parameters import add_defaults
from .short_names import digest_of, without_metadata
from .titles import free_name, new_names, tell_titles_apart

Json = dict[str, Any]
Key = tuple[str, str]


class Schemas:
    """The schemas of the actions' inputs, outputs and errors.

    Attributes:
        shared: The schemas that others refer to, by name.
        problem: The name of the schema of an error, which no class of the app has.
        input_problem: The name of that of invalid input, likewise.
    """

    def __init__(self, entries: Iterable[Entry], names: str) -> None:
        entries = tuple(entries)
        self._place = f"#/components/schemas/{names}"
        types = dict(_types(entries))
        inputs = [(key, mode, adapter_of(annotation)) for (key, mode), annotation in types.items()]
        self._made, definitions = _Generator.of_adapters(inputs, f"{self._place}{{model}}")
        self._name_by_actions(entries, definitions)
        owners: dict[str, str] = {}
        for entry in filter(_has_parameters, entries):
            name = self._shared_name(entry)
            if name not in owners:  # an action that is mounted several times has one schema
                owners[name] = entry.name
                add_defaults(definitions[name], entry.definition.input)
        for schema in definitions.values():
            if "title" in schema:
                schema["title"] = without_metadata(schema["title"])
        tell_titles_apart(definitions, owners)
        # Without dots, which some generators take for modules.
        self.problem, self.input_problem = new_names(definitions, "ActionsProblem", "ActionsInputProblem")
        self.shared: Json = {f"{names}{name}": schema for name, schema in definitions.items()}

    def _name_by_actions(self, entries: Iterable[Entry], definitions: Json) -> None:
        """Rename the parameters of handlers of one name, which pydantic calls by our module."""
        names: dict[str, str] = {}
        for entry in filter(_has_parameters, entries):
            name = self._shared_name(entry)
            if name not in names and name.startswith(_OUR_MODULE):
                names[name] = free_name(f"{entry.name.replace('.', '_')}Parameters", definitions)
                definitions[names[name]] = definitions.pop(name)
            if name in names:
                self._made[entry.name, "validation"] = self.reference(names[name])

    def _shared_name(self, entry: Entry) -> str:
        """Return the name of the schema of an action's parameters, which is always a shared one."""
        reference: str = self._made[entry.name, "validation"]["$ref"]
        return reference.removeprefix(self._place)

    def of(self, key: str, mode: str) -> Json:
        """Return the schema of one type."""
        return self._made[key, mode]

    def reference(self, name: str) -> Json:
        """Return a reference to a shared schema."""
        return {"$ref": f"{self._place}{name}"}


_OUR_MODULE: Final = f"{parameters_type.__module__.replace('.', '__')}__"
"""How the name of a schema begins that pydantic makes unique by the module of its class."""


def _has_parameters(entry: Entry) -> bool:
    return entry.definition.input is not None and entry.definition.input.spread


def _types(entries: Iterable[Entry]) -> Iterator[tuple[Key, Any]]:
    for entry in entries:
        if entry.definition.input is not None:
            yield (entry.name, "validation"), entry.definition.input.annotation
        if entry.definition.output is not None:
            yield (entry.name, "serialization"), entry.definition.output
        for error in entry.raises:
            yield (f"{entry.name} {error.__name__}", "serialization"), error_type(error)


class _Generator(GenerateJsonSchema):
    """pydantic's generator, extended for files and flags; what it cannot describe is any value."""

    @classmethod
    def of_adapters(cls, inputs: list[tuple[str, Any, Any]], template: str) -> tuple[dict[Key, Json], Json]:
        generator = cls(ref_template=template)
        schemas, definitions = generator.generate_definitions([(key, mode, a.core_schema) for key, mode, a in inputs])
        return {(str(key), str(mode)): schema for (key, mode), schema in schemas.items()}, {
            str(name): schema for name, schema in definitions.items()
        }

    def normalize_name(self, name: str) -> str:
        """Return a name without metadata; a long one, with its module, gets digits in its place."""
        short = without_metadata(name)
        if short == name or "." not in short:
            return super().normalize_name(short)
        return f"{super().normalize_name(short)}_{digest_of(name)}"

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> JsonSchemaValue:
        instance = schema["python_schema"]
        if instance["type"] == "is-instance" and instance["cls"] is UploadedFile:
            return {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
        return super().json_or_python_schema(schema)

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        result = super().enum_schema(schema)
        if issubclass(schema["cls"], Flag):  # values are combinations of members too
            result.pop("enum", None)
        return _one_type_each(result)

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        """Return a schema for each type of the values: client generators refuse several in one."""
        return _one_type_each(super().literal_schema(schema))

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        """Return the schema with the items that generators ask for, also where there are none."""
        result = super().tuple_schema(schema)
        if "prefixItems" not in result:
            result.setdefault("items", {})
        return result

    def bytes_schema(self, schema: core_schema.BytesSchema) -> JsonSchemaValue:
        """Return the schema without the lengths, which are those of the bytes and not of their text."""
        result = super().bytes_schema(schema)
        return {key: value for key, value in result.items() if key not in ("minLength", "maxLength")}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        return self._with_texts_of_keys(super().dict_schema(schema))

    def ordered_dict_schema(self, schema: core_schema.OrderedDictSchema) -> JsonSchemaValue:
        return self._with_texts_of_keys(super().ordered_dict_schema(schema))

    def counter_schema(self, schema: core_schema.CounterSchema) -> JsonSchemaValue:
        return self._with_texts_of_keys(super().counter_schema(schema))

    def _with_texts_of_keys(self, result: JsonSchemaValue) -> JsonSchemaValue:
        """Return the schema of an object with the texts of its keys, not with what is made of them."""
        reference = result.get("propertyNames", {}).get("$ref")
        described = reference and self.get_schema_from_definitions(reference)
        if described and described.get("type", "string") != "string":
            del result["propertyNames"]
            if "enum" in described:
                result["propertyNames"] = {"enum": list(map(str, described["enum"]))}
        return result

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {}

    def emit_warning(self, kind: Any, detail: str) -> None:
        """Do nothing: pydantic warns of defaults that it leaves out, which is meant."""


def _one_type_each(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return an ``enum`` of several types as alternatives of one type; others as they are."""
    values: dict[str, list[Any]] = {}
    for value in schema.get("enum", ()):
        values.setdefault(_JSON_TYPES.get(type(value), ""), []).append(value)
    if "" in values or len(values.keys() - {"null"}) < 2:
        return schema
    alternatives: list[Json] = []
    for name, alike in values.items():
        if name == "null":
            alternatives.append({"type": name})
        elif name in ("string", "integer") and len(alike) > 1:
            alternatives.append({"type": name, "enum": alike})
        else:
            alternatives += [{"type": name, "const": value} for value in alike]
    rest = {key: value for key, value in schema.items() if key not in ("enum", "type")}
    return {"anyOf": alternatives, **rest}


_JSON_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
