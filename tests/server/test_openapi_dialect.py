"""The dialect of OpenAPI 3.0, in which sanic-ext's documentation speaks of actions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from kinds import kinds_with_values
from openapi_schema_validator import OAS30Validator

from sanic_actions import define_action
from sanic_actions._namespace import entries
from sanic_actions._wire import Codec
from sanic_actions.server._openapi.dialect import in_openapi_30
from sanic_actions.server._openapi.document import described

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

NULL = {"enum": [None], "nullable": True}

CASES: dict[str, tuple[Any, Any]] = {
    "anything": (True, {}),
    "nothing": (False, {"not": {}}),
    "a constant": ({"const": "a", "type": "string"}, {"enum": ["a"], "type": "string"}),
    "null": ({"type": "null"}, NULL),
    "or null": ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
    "several or null": (
        {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}], "default": None},
        {"anyOf": [{"type": "string"}, {"type": "integer"}, NULL], "default": None},
    ),
    "a constant or null": ({"anyOf": [{"const": 1}, {"type": "null"}]}, {"anyOf": [{"enum": [1]}, NULL]}),
    "a reference or null": (
        {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
        {"anyOf": [{"$ref": "#/components/schemas/A"}, NULL]},
    ),
    "a reference with more": (
        {"$ref": "#/components/schemas/A", "description": "An A."},
        {"allOf": [{"$ref": "#/components/schemas/A"}], "description": "An A."},
    ),
    "beyond a number": (
        {"exclusiveMinimum": 0, "exclusiveMaximum": 9},
        {"minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True},
    ),
    "a tuple": (
        {"type": "array", "prefixItems": [{"type": "string"}], "items": {"const": 1}, "minItems": 1},
        {"type": "array", "items": {"anyOf": [{"type": "string"}, {"enum": [1]}]}, "minItems": 1},
    ),
    "an object": (
        {"properties": {"const": {"const": 1}}, "additionalProperties": False, "required": ["const"]},
        {"properties": {"const": {"enum": [1]}}, "additionalProperties": False, "required": ["const"]},
    ),
    "objects by key": (
        {"additionalProperties": {"oneOf": [{"const": 1}], "not": {"const": 2}}, "propertyNames": {"maxLength": 1}},
        {"additionalProperties": {"oneOf": [{"enum": [1]}], "not": {"enum": [2]}}},
    ),
    "examples": (
        {"examples": [{"const": 1}, 2], "x-own": {"const": 1}},
        {"example": {"const": 1}, "x-own": {"const": 1}},
    ),
    "no examples": ({"examples": []}, {}),
    "what users write": ({"type": ["string", "null"], "if": {"const": 1}, "contentEncoding": "base64"}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_keywords(case: str) -> None:
    """Each keyword is said in words of OpenAPI 3.0, or left out; data is not touched."""
    schema, said = CASES[case]

    assert in_openapi_30(schema) == said


@given(kinds_with_values())
def test_values_are_accepted(case: tuple[Any, list[Any]]) -> None:
    """The schema of any output type is valid OpenAPI 3.0, and accepts the outputs as they are written."""
    kind, values = case

    def give() -> Any: ...

    give.__annotations__["return"] = kind
    operations, shared = described(entries({"give": define_action(handler=give)}), "actions.")
    schema = operations["give"]["responses"].get("200", {}).get("content", {"application/json": {"schema": {}}})
    said = in_openapi_30(schema["application/json"]["schema"])
    said_of = {name: in_openapi_30(one) for name, one in shared.items()}

    for one in (said, *said_of.values()):
        OAS30Validator.check_schema(one)
    validator = OAS30Validator({"allOf": [said], "components": {"schemas": said_of}})
    for value in values:
        validator.validate(json.loads(Codec(kind).encode(value)))
