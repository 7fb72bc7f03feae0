"""Syntax of later Pythons: read wherever the server has it, written only for a target that has it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from codegen import golden

from sanic_actions.codegen import generate

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="the server's syntax needs Python 3.12")

SERVER = """
from pydantic import BaseModel
from typing import TypedDict
from sanic_actions import action

type Json = dict[str, Json] | list[Json] | str | int | None
type Rows[T] = list[tuple[T, T]]

class Page[T: (int, str)](BaseModel, frozen=True):
    items: list[T]

class Box[K, V: BaseModel](BaseModel):
    inside: dict[str, V]
    key: K

class Item(BaseModel):
    id: int

class Named(TypedDict):
    name: str

@action
def echo(page: Page[int], box: Box[str, Item], json: Json, rows: Rows[int], named: Named) -> Page[int]:
    return page

@action
def back(page: Page[str]) -> tuple[Box[int, Item], Json, Rows[Item], Named]: ...

server = {"echo": echo, "back": back}
"""


@pytest.mark.parametrize("target", [(3, 11), (3, 12)])
def test_generics_and_aliases_of_new_syntax_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: tuple[int, int]
) -> None:
    """Classes with type parameters and `type` statements have copies that work, for either target."""
    name = f"new_server_{target[1]}"
    (tmp_path / f"{name}.py").write_text(SERVER)
    monkeypatch.syspath_prepend(tmp_path)
    texts = generate(importlib.import_module(name).server, package=f"new_client_{target[1]}", target=target)
    golden.put(tmp_path, texts)
    importlib.invalidate_caches()
    models: Any = importlib.import_module(f"new_client_{target[1]}.models.{name}")

    page = models.Page[int](items=[1])
    box = models.Box[str, models.Item](inside={"a": models.Item(id=1)}, key="k")
    assert models.Page[int].model_validate_json(page.model_dump_json()) == page
    assert models.Box[str, models.Item].model_validate_json(box.model_dump_json()) == box
    stub = texts[f"new_client_{target[1]}/models/{name}.pyi"]
    assert ("type Json = " in stub) is (target == (3, 12))
    assert "'_T', int, str)" in stub
    assert ", bound=_pydantic.BaseModel)" in stub
