"""Describes a tree of actions as OpenAPI 3.1, from the same types that validate its calls.

The document is for other languages and tools. It says nothing that the server does not do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from .._errors import STATUS, ActionError
from .._files import UploadedFile
from .._namespace import Entry
from .._wire import adapter_of
from ._served import error_type

OPENAPI_NAME: Final = "openapi.json"
"""The last part of the document's path; the actions that it describes stand beside it."""

Json = dict[str, Any]
Key = tuple[str, str]
Describe = Callable[[str, str], bytes]

PROBLEM: Final = "actions.Problem"
INPUT_PROBLEM: Final = "actions.InputProblem"
"""Names with a dot, which no name that pydantic makes has."""

_REFERENCE: Final = "#/components/schemas/{model}"


def describer(entries: Mapping[str, Entry]) -> Describe:
    """Writes the document of a tree as JSON; once for each prefix, since it takes its time."""

    @cache
    def describe(prefix: str, title: str) -> bytes:
        return json.dumps(openapi_document(entries, prefix, title), ensure_ascii=False, indent=1).encode()

    return describe


def openapi_document(entries: Mapping[str, Entry], prefix: str, title: str) -> Json:
    """The document of a tree, whose actions are called below ``prefix``."""
    schemas = _Schemas(entries.values())
    paths = {f"{prefix}/{name}": {"post": _operation(entry, schemas)} for name, entry in entries.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": _ABOUT},
        "paths": paths,
        "components": {"schemas": {**schemas.shared, **_PROBLEMS}, "responses": _RESPONSES},
    }


class _Schemas:
    """The JSON schemas of all types of a tree, made at once so that each model is described once.

    Attributes:
        shared: Those that others refer to, by name.
    """

    def __init__(self, entries: Any) -> None:
        types = dict(_types(entries))
        inputs = [(key, mode, adapter_of(annotation)) for (key, mode), annotation in types.items()]
        made, generated = _Generator.of_adapters(inputs)
        self.shared: Json = generated
        self._made = made

    def of(self, key: str, mode: str) -> Json:
        """The schema of one type."""
        schema: Json = self._made[key, mode]
        return schema


def _types(entries: Any) -> Iterator[tuple[Key, Any]]:
    for entry in entries:
        if entry.definition.input is not None:
            yield (entry.name, "validation"), entry.definition.input.annotation
        if entry.definition.output is not None:
            yield (entry.name, "serialization"), entry.definition.output
        for error in entry.raises:
            yield (f"{entry.name} {error.__name__}", "serialization"), error_type(error)


class _Generator(GenerateJsonSchema):
    """Knows files, and says nothing of what it cannot describe."""

    @classmethod
    def of_adapters(cls, inputs: list[tuple[str, Any, Any]]) -> tuple[dict[Key, Json], Json]:
        generator = cls(ref_template=_REFERENCE)
        made, shared = generator.generate_definitions([(key, mode, a.core_schema) for key, mode, a in inputs])
        return {(str(key), str(mode)): schema for (key, mode), schema in made.items()}, {
            str(name): schema for name, schema in shared.items()
        }

    def json_or_python_schema(self, schema: core_schema.JsonOrPythonSchema) -> JsonSchemaValue:
        instance = schema["python_schema"]
        if instance["type"] == "is-instance" and instance["cls"] is UploadedFile:
            return {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
        return super().json_or_python_schema(schema)

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {}

    def emit_warning(self, kind: Any, detail: str) -> None:
        """A default that is no JSON is left out; nobody needs to hear of it."""


def _operation(entry: Entry, schemas: _Schemas) -> Json:
    definition = entry.definition
    summary, _, description = (definition.doc or "").partition("\n")
    operation: Json = {"operationId": entry.name, "responses": _responses(entry, schemas)}
    if group := entry.name.rpartition(".")[0]:
        operation["tags"] = [group]
    if summary:
        operation["summary"] = summary
    if description.strip():
        operation["description"] = description.strip()
    if definition.deprecated is not None:
        operation["deprecated"] = True
    if definition.input is not None:
        operation["requestBody"] = _body(entry, schemas)
    return operation


def _body(entry: Entry, schemas: _Schemas) -> Json:
    declared = entry.definition.input
    schema = schemas.of(entry.name, "validation")
    with_files = '"format": "binary"' in json.dumps(_resolved(schema, schemas.shared))
    kinds = [kind for encoding in entry.action.accept for kind in _KINDS[encoding] if not (with_files and kind == _URL)]
    return {"required": declared is not None and declared.required, "content": {k: {"schema": schema} for k in kinds}}


def _resolved(schema: Json, shared: Json) -> list[Any]:
    """A schema and every shared one that it leads to."""
    found, open_ = {}, [json.dumps(schema)]
    while open_:
        for name in re.findall(r'"#/components/schemas/([^"]+)"', open_.pop()):
            if name not in found:
                found[name] = shared[name]
                open_.append(json.dumps(shared[name]))
    return [schema, *found.values()]


def _responses(entry: Entry, schemas: _Schemas) -> Json:
    responses: Json = {"default": {"$ref": "#/components/responses/Problem"}}
    if entry.definition.output is None:
        responses["204"] = {"description": "Done."}
    else:
        content = {"application/json": {"schema": schemas.of(entry.name, "serialization")}}
        responses["200"] = {"description": "The output.", "content": content}
    if entry.definition.input is not None:
        responses["400"] = {"$ref": "#/components/responses/InvalidInput"}
    by_status: dict[str, list[Json]] = {}
    for error in entry.raises:
        by_status.setdefault(str(STATUS[error._class_code or "BAD_REQUEST"]), []).append(_error(entry, error, schemas))
    for status, declared in by_status.items():
        others = [{"$ref": _REFERENCE.format(model=INPUT_PROBLEM if status == "400" else PROBLEM)}]
        responses[status] = _problem("A declared error, or another one of this status.", [*declared, *others])
    return responses


def _error(entry: Entry, error: type[ActionError], schemas: _Schemas) -> Json:
    own = {"error": {"const": error.__name__}, "data": schemas.of(f"{entry.name} {error.__name__}", "serialization")}
    return {
        "title": error.__name__,
        "allOf": [
            {"$ref": _REFERENCE.format(model=PROBLEM)},
            {"type": "object", "properties": own, "required": ["error", "data"]},
        ],
    }


def _problem(description: str, schemas: list[Json]) -> Json:
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


_URL: Final = "application/x-www-form-urlencoded"
_KINDS: Final = {"json": ("application/json",), "form": (_URL, "multipart/form-data")}

_ABOUT: Final = (
    "Every action is called with POST. In a form, nested fields are named by dots: `address.city`, `items.0.title`. "
    "Pages of other origins are refused with 403."
)

_TEXT: Final[Json] = {"type": "string"}
_ISSUE: Final[Json] = {
    "type": "object",
    "properties": {"path": _TEXT, "message": _TEXT, "type": _TEXT},
    "required": ["path", "message", "type"],
}
_PROBLEMS: Final[Json] = {
    PROBLEM: {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "code": {"enum": list(STATUS)},
            "id": {**_TEXT, "description": "Of an unexpected failure: under this id the server has logged why."},
        },
        "required": ["type", "title", "status", "detail", "code"],
    },
    INPUT_PROBLEM: {
        "description": "What is wrong with the input; without `issues` it could not be read at all.",
        "allOf": [
            {"$ref": _REFERENCE.format(model=PROBLEM)},
            {
                "type": "object",
                "properties": {
                    "issues": {"type": "array", "items": _ISSUE},
                    "fields": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
                    "form_errors": {"type": "array", "items": _TEXT},
                },
            },
        ],
    },
}
_RESPONSES: Final[Json] = {
    "Problem": _problem("The call was refused or failed.", [{"$ref": _REFERENCE.format(model=PROBLEM)}]),
    "InvalidInput": _problem("The input is not valid.", [{"$ref": _REFERENCE.format(model=INPUT_PROBLEM)}]),
}
