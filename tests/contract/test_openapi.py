"""The OpenAPI document and the contract are two views of the same types: neither says what the other does not.

The contract cannot be read from the document, where a Decimal is a string, and the document cannot be written from the
contract, which holds no documentation and no formats. Both read the same fields, marks and definitions.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sanic_actions._namespace import entries
from sanic_actions.contract import describe
from sanic_actions.server._openapi.document import openapi_document

CASES = Path(__file__).parents[1] / "codegen" / "cases"
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
LENGTHS = {"min_length": ("minLength", "minItems", "minProperties"), "max_length": ("maxLength", "maxItems")}


class Walk:
    """A described type and its JSON schema, side by side.

    Attributes:
        count: How many fields, values and bounds were compared.
    """

    def __init__(self, classes: Any, components: Any, *, is_input: bool) -> None:
        self._classes = classes
        self._is_input = is_input
        self._components = components
        self._pairs: set[tuple[str, str]] = set()
        self.count = 0

    def differences(self, description: Any, schema: Any, place: str) -> Iterator[str]:
        name = schema.get("$ref", "").rpartition("/")[2]
        if name:
            schema = {**self._components[name], **schema}
        if not isinstance(description, dict):
            return
        if "class" in description:
            pair = (description["class"], name)
            if pair not in self._pairs:
                self._pairs.add(pair)
                yield from self._of_class(self._classes[description["class"]], schema, place)
        elif "literal" in description:
            yield from self._values(description["literal"], schema, place)
        elif "of" in description:
            yield from self._bounds(description, schema, place)
            yield from self.differences(description["of"], schema, place)
        elif "new" in description:
            yield from self.differences(description["type"], schema, place)
        elif len(description) == 1 and isinstance(schema.get("items"), dict):
            (item,) = description.values()
            if not isinstance(item, list):
                yield from self.differences(item, schema["items"], f"{place}[]")

    def fields(self, fields: Any, schema: Any, place: str) -> Iterator[str]:
        properties, required = schema.get("properties", {}), set(schema.get("required", ()))
        names = {field.get("alias", name): field for name, field in fields.items()}
        if names.keys() != properties.keys():
            yield f"{place}: {sorted(names)} and {sorted(properties)}"
            return
        for name, field in names.items():
            self.count += 1
            # Of an output a schema leaves open what has a default, though a server writes it: as pydantic does.
            is_optional, is_required = bool(field.get("optional")), name in required
            if is_optional == is_required and (is_optional or self._is_input):
                yield f"{place}.{name}: required and optional"
            yield from self.differences(field["type"], properties[name], f"{place}.{name}")

    def _of_class(self, described: Any, schema: Any, place: str) -> Iterator[str]:
        if "fields" in described:
            yield from self.fields(described["fields"], schema, place)
        elif described["kind"] == "enum":
            yield from self._values(list(described["members"].values()), schema, place)
        elif "type" in described:
            yield from self.differences(described["type"], schema, place)

    def _values(self, described: list[Any], schema: Any, place: str) -> Iterator[str]:
        values = [value["value"] if isinstance(value, dict) else value for value in described]
        listed = schema.get("enum", [schema["const"]] if "const" in schema else None)
        self.count += 1
        if listed is not None and sorted(map(repr, values)) != sorted(map(repr, listed)):
            yield f"{place}: {values} and {listed}"

    def _bounds(self, described: Any, schema: Any, place: str) -> Iterator[str]:
        for key, name in BOUNDS.items():
            if key in described and name in schema:
                self.count += 1
                if float(described[key]) != float(schema[name]):
                    yield f"{place}: {key} {described[key]} and {schema[name]}"
        for key, names in LENGTHS.items():
            lengths = [schema[name] for name in names if name in schema]
            if key in described and lengths and lengths != [described[key]]:
                yield f"{place}: {key} {described[key]} and {lengths}"


def media(content: Any) -> Any:
    return next(iter(content.values()))["schema"]


@pytest.mark.parametrize("case", ["blog", "circle", "streams", "types", "zoo"])
def test_the_document_says_what_the_contract_says(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    """Fields under the names in which they are written, what is required, values and bounds are the same in both."""
    monkeypatch.syspath_prepend(CASES)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is using the `ReadOnly` qualifier")
        tree = entries(importlib.import_module(f"case_{case}").server)
        contract, document = describe(tree), openapi_document(tree, "/_actions", case)
    components = document["components"]["schemas"]
    reads = Walk(contract.outputs, components, is_input=False)
    writes = Walk(contract.inputs, components, is_input=True)

    wrong: list[str] = []
    for name, act in contract.actions.items():
        operation = document["paths"][f"/_actions/{name}"]["post"]
        source = act["input"]
        if source is not None:
            schema = media(operation["requestBody"]["content"])
            schema = components.get(schema.get("$ref", "").rpartition("/")[2], schema)
            if "fields" in source:
                wrong += writes.fields(source["fields"], schema, f"{name} input")
            else:
                wrong += writes.differences(source["value"], schema, f"{name} input")
        if "200" in operation["responses"]:
            wrong += reads.differences(act["output"], media(operation["responses"]["200"]["content"]), f"{name} output")

    assert wrong == []
    assert reads.count + writes.count > 1
