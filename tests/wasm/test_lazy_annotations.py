"""Annotations that are evaluated lazily (PEP 649): actions may name what stands below them."""

from __future__ import annotations

import sys
from typing import Any

import pytest

if sys.version_info < (3, 14):
    pytest.skip("annotations are evaluated lazily from Python 3.14 on", allow_module_level=True)

from wasm import lazy_actions

from sanic_actions._namespace import entries
from sanic_actions.codegen import generate
from sanic_actions.contract import describe

TREE: Any = {"order": lazy_actions.order, "tree": lazy_actions.tree}


def test_definitions_are_read_once_everything_stands() -> None:
    """Inputs, outputs and injected parameters are what the names mean in the end."""
    order, tree = (entries(TREE)[name].definition for name in ("order", "tree"))

    assert order.output is lazy_actions.Receipt
    assert [field.name for field in order.input.fields] == ["item", "count"]
    assert tree.injected == {"user": tree.injected["user"]}


def test_the_client_package_is_complete() -> None:
    """Every model is copied, whichever stands first."""
    texts = generate(TREE)
    models = "".join(text for path, text in texts.items() if path.endswith("lazy_actions.pyi"))

    for name in ("Receipt", "Line", "Item", "Node"):
        assert f"class {name}(" in models


def test_the_contract_is_the_same_as_with_annotations_as_strings() -> None:
    """How annotations are evaluated is not a part of the contract."""
    assert len(set(describe(entries(TREE)).hashes.values())) == 2
