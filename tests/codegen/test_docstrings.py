"""The docstrings of generated actions: the author's words, and what the types add, in the author's own sections."""

from __future__ import annotations

import ast
import sys
import types
from typing import Annotated, Any

import pytest
from pydantic import Field

from sanic_actions import ActionError, action
from sanic_actions.codegen import generate


class OutOfStock(ActionError, code="CONFLICT"):
    """Not enough is left.

    More of it comes on Mondays.
    """

    left: int


class Gone(ActionError, code="GONE"):
    pass


@pytest.fixture(autouse=True)
def _module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are copied under the module that has them, which must be one that can be named."""
    server = types.ModuleType("docs_server")
    for error in (OutOfStock, Gone):
        monkeypatch.setattr(error, "__module__", "docs_server")
        setattr(server, error.__name__, error)
    monkeypatch.setitem(sys.modules, "docs_server", server)


def doc(handler: Any, **options: Any) -> str:
    """The docstring of the generated method."""
    decorate: Any = action(**options)
    stub = generate({"act": decorate(handler)})["actions/__init__.pyi"]
    (method,) = (node for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.FunctionDef))
    return ast.get_docstring(method) or ""


def test_constraints_join_what_the_author_says_of_a_parameter() -> None:
    """A parameter is described once: its constraints stand behind the author's words, or in a line of their own."""

    def buy(
        sku: str,
        limit: Annotated[int, Field(ge=1, description="How many")] = 10,
        note: Annotated[str, Field(max_length=5)] = "",
    ) -> None:
        """Buy something.

        Args:
            sku: What.
            limit: How many at most,
                in all

        Returns:
            Nothing.
        """

    text = doc(buy)

    assert text.splitlines()[2:7] == [
        "Args:",
        "    sku: What.",
        "    limit: How many at most,",
        "        in all. Constraints: ge=1.",
        "    note: Constraints: max_length=5.",
    ]
    assert text.count("ge=1") == text.count("Returns:") == 1


def test_declared_errors_stand_in_a_section_of_their_own() -> None:
    """Each declared error is there once, in the author's words, else in those of its class, else by its code."""

    def own() -> None:
        """Buy.

        Raises:
            OutOfStock: When it is gone.
        """

    def none() -> None: ...

    assert "Raises:\n    OutOfStock: When it is gone.\n    Gone: GONE.\n" in doc(own, raises=[OutOfStock, Gone])
    assert doc(none, raises=[OutOfStock]).startswith("Raises:\n    OutOfStock: Not enough is left.\n")
    assert "Raises:" not in doc(none)
