"""Describe a tree of actions as OpenAPI 3.1, from the same types that validate its calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Final
from urllib.parse import quote

from ..._entry import Entry
from ..._errors import STATUS, ActionError
from ..._limits import DEFAULTS, Limits
from .heads import parameters_of, refusals_of
from .schemas import Json, Schemas
from .security import security_of, security_schemes

OPENAPI_NAME: Final = "openapi.json"
"""The last part of the document's path, which otherwise is that of the actions."""

CONTRACT_NAME: Final = "contract.json"
"""The last part of the path at which a contract is published."""

DOCUMENT_NAMES: Final = frozenset({OPENAPI_NAME, CONTRACT_NAME})

Describe = Callable[[str, str, str], bytes]
"""Writes a document: from the prefix of the paths, the title, and the path that a proxy serves the app below."""


UNVERSIONED: Final = "1"
"""The version of a document whose app has no lock; OpenAPI demands one."""


def describer(entries: Mapping[str, Entry], limits: Limits = DEFAULTS, version: str = UNVERSIONED) -> Describe:
    """Return a function that writes the document of a tree as JSON.

    Only a few documents are cached: a prefix with parameters has a document for each of their
    values.
    """
    parts = cache(lambda: (*described(entries, limits=limits), security_schemes(entries.values())))

    @lru_cache(maxsize=8)
    def describe(prefix: str, title: str, base: str = "") -> bytes:
        document = _document(*parts(), prefix, _info(title, version))
        if base:
            document["servers"] = [{"url": base}]
        try:
            return json.dumps(document, ensure_ascii=False, indent=1).encode()
        except UnicodeEncodeError:  # half a surrogate pair, in a docstring for example
            return json.dumps(document, indent=1).encode()

    return describe


def openapi_document(entries: Mapping[str, Entry], prefix: str, title: str) -> Json:
    """Return the document of a tree, whose actions are called below ``prefix``."""
    return _document(*described(entries), security_schemes(entries.values()), prefix, _info(title, UNVERSIONED))


def _info(title: str, version: str) -> Json:
    return {"title": title, "version": version, "description": _ABOUT}


def _document(operations: dict[str, Json], schemas: Json, security: Json, prefix: str, info: Json) -> Json:
    if security:
        components = {"schemas": schemas, "securitySchemes": security}
    else:
        components = {"schemas": schemas}
    path, parameters = path_of(prefix)
    item: Json = {"parameters": parameters} if parameters else {}
    return {
        "openapi": "3.1.0",
        "info": info,
        "paths": {f"{path}/{quote(name)}": {**item, "post": operation} for name, operation in operations.items()},
        "components": components,
    }


def path_of(prefix: str) -> tuple[str, list[Json]]:
    """Return a path of Sanic's in the form of OpenAPI, with its parameters: ``/<tenant:str>`` is ``/{tenant}``."""
    path = re.sub(r"<([^:>]+)[^>]*>", r"{\1}", prefix)
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(.+?)}", path)
    ]
    return path, parameters


def described(entries: Mapping[str, Entry], names: str = "", limits: Limits = DEFAULTS) -> tuple[dict[str, Json], Json]:
    """Return the operations by the names of the actions, and the schemas that they share.

    Args:
        entries: The actions.
        names: A prefix for the names of shared schemas, in a document with other schemas.
        limits: The limits of the blueprint.
    """
    schemas = Schemas(entries.values(), names)
    operations = {name: _operation(entry, schemas, limits) for name, entry in entries.items()}
    problems = {schemas.problem: _PROBLEM, schemas.input_problem: _input_problem(schemas)}
    return operations, {**schemas.shared, **{f"{names}{name}": schema for name, schema in problems.items()}}


def _operation(entry: Entry, schemas: Schemas, limits: Limits) -> Json:
    definition = entry.definition
    summary, _, description = (definition.doc or "").partition("\n")
    operation: Json = {"operationId": entry.name, "responses": _responses(entry, schemas, limits)}
    if group := entry.name.rpartition(".")[0]:
        operation["tags"] = [group]
    if summary:
        operation["summary"] = summary
    if description.strip():
        operation["description"] = description.strip()
    if definition.deprecated is not None:
        operation["deprecated"] = True
        reason = f"Deprecated: {definition.deprecated}"
        operation["description"] = f"{operation.get('description', '')}\n\n{reason}".strip()
    if definition.input is not None:
        operation["requestBody"] = _body(entry, schemas)
    if security := security_of(entry):
        operation["security"] = security
    if parameters := parameters_of(entry):
        operation["parameters"] = parameters
    return operation


def _body(entry: Entry, schemas: Schemas) -> Json:
    declaration = entry.definition.input
    schema = schemas.of(entry.name, "validation")
    # A urlencoded form cannot carry files.
    with_files = '"format": "binary"' in json.dumps(_resolved(schema, schemas.shared))
    kinds = [kind for encoding in entry.action.accept for kind in _KINDS[encoding] if not (with_files and kind == _URL)]
    return {
        "required": declaration is not None and declaration.required,
        "content": {k: {"schema": schema} for k in kinds},
    }


def _resolved(schema: Json, components: Json) -> list[Any]:
    """Return a schema and every shared one that it leads to."""
    schemas, queue = {}, [json.dumps(schema)]
    while queue:  # each shared schema is entered once
        for name in re.findall(r'"#/components/schemas/([^"]+)"', queue.pop()):
            if name not in schemas:
                schemas[name] = components[name]
                queue.append(json.dumps(components[name]))
    return [schema, *schemas.values()]


def _responses(entry: Entry, schemas: Schemas, limits: Limits) -> Json:
    responses: Json = {"default": _problem("The call was refused or failed.", [schemas.reference(schemas.problem)])}
    if entry.definition.is_stream:
        if entry.definition.output is None:
            schema = {"type": "null"}
        else:
            schema = schemas.of(entry.name, "serialization")
        # OpenAPI 3.1 cannot describe the parts of a stream, so this is the data of each event.
        content = {"text/event-stream": {"schema": schema}}
        responses["200"] = {"description": _STREAM, "content": content}
    elif entry.definition.is_download:
        content = {"*/*": {"schema": {}}}  # how OpenAPI 3.1 describes bytes
        responses["200"] = {"description": _FILE, "headers": _FILE_HEADERS, "content": content}
    elif entry.definition.output is None:
        responses["204"] = {"description": "Done."}
    else:
        content = {"application/json": {"schema": schemas.of(entry.name, "serialization")}}
        responses["200"] = {"description": "The output.", "content": content}
    if entry.definition.input is not None:
        responses["400"] = _problem("The input is not valid.", [schemas.reference(schemas.input_problem)])
    refusals = refusals_of(entry, limits)
    for status, (refusal, headers) in refusals.items():
        responses[status] = _problem(refusal, [schemas.reference(schemas.problem)], headers)
    by_status: dict[str, list[Json]] = {}
    for error in entry.raises:
        by_status.setdefault(str(STATUS[error._class_code or "BAD_REQUEST"]), []).append(_error(entry, error, schemas))
    # Several errors may share a status, and OpenAPI has one response for each.
    for status, errors in by_status.items():
        more = [schemas.reference(schemas.input_problem if status == "400" else schemas.problem)]
        refusal, headers = refusals.get(status, ("", None))
        description = f"{refusal} A declared error, or another one of this status.".strip()
        responses[status] = _problem(description, [*errors, *more], headers)
    return responses


def _error(entry: Entry, error: type[ActionError], schemas: Schemas) -> Json:
    fields = schemas.of(f"{entry.name} {error.__name__}", "serialization")
    properties = {"error": {"const": error.__name__}, "data": fields}
    return {
        "title": error.__name__,
        "allOf": [
            schemas.reference(schemas.problem),
            {"type": "object", "properties": properties, "required": ["error", "data"]},
        ],
    }


def _problem(description: str, schemas: list[Json], headers: Json | None = None) -> Json:
    if len(schemas) == 1:
        schema = schemas[0]
    else:
        schema = {"anyOf": schemas}
    answer: Json = {"description": description, "content": {"application/problem+json": {"schema": schema}}}
    if headers:
        answer["headers"] = headers
    return answer


_STREAM: Final = (
    "Server-sent events. The `data` of each is an item, as the schema has it; `event: error` has a "
    "problem as its data and ends the stream, `event: end` says that it is whole."
)
_FILE: Final = (
    "A file, whose Content-Type says its kind. An answer that ends before its Content-Length, or "
    "without its last chunk, is only a part of it. Range requests are not answered."
)
_URL: Final = "application/x-www-form-urlencoded"
_KINDS: Final = {"json": ("application/json",), "form": (_URL, "multipart/form-data")}

_ABOUT: Final = (
    "Every action is called with POST. In a form, nested fields are named by dots: `address.city`, "
    "`items.0.title`. Pages of other origins are refused with 403."
)

_TEXT: Final[Json] = {"type": "string"}
_FILE_HEADERS: Final[Json] = {
    "Content-Disposition": {"description": "`attachment`, and the name of the file (RFC 6266).", "schema": _TEXT},
}
_ISSUE: Final[Json] = {
    "type": "object",
    "properties": {"path": _TEXT, "message": _TEXT, "type": _TEXT},
    "required": ["path", "message", "type"],
}
_PROBLEM: Final[Json] = {
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
}


def _input_problem(schemas: Schemas) -> Json:
    return {
        "description": "What is wrong with the input; without `issues` it could not be read at all.",
        "allOf": [
            schemas.reference(schemas.problem),
            {
                "type": "object",
                "properties": {
                    "issues": {"type": "array", "items": _ISSUE},
                    "fields": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
                    "form_errors": {"type": "array", "items": _TEXT},
                },
            },
        ],
    }
