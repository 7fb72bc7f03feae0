"""A caller of every action of the zoo, for type checkers: what goes in, what comes out, and what is refused."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

from codegen import golden

HEAD = """\
# pyright: reportUnusedImport=false
import collections, datetime, decimal, ipaddress, pathlib, re, uuid
from typing import Annotated, Literal, Optional, Union
import pydantic
from pydantic import Field
from typing_extensions import assert_type
from golden_types import AsyncClient, Client
from golden_types.models import case_other
from golden_types.models.case_types import *
from sanic_actions.client import CallError, Err, InputError, Ok
Pet = Cat | Dog
Plain = list[int]
Positive = int
"""
MARK = "# BAD"


def source() -> str:
    """The module: the types are those of the table, not those that were generated."""
    if str(golden.CASES) not in sys.path:
        sys.path.insert(0, str(golden.CASES))
    case: Any = importlib.import_module("case_types")
    lines = [HEAD]
    for name, (kind, *values) in case.ROWS.items():
        lines += _checks(name, kind, values, "value=value", name in case.VOID)
    for name in case.BARE:
        lines += _checks(f"bare.{name}", case.ROWS[name][0], [], "value", False)
    return "\n".join(lines)


def _checks(name: str, kind: str, values: list[str], arguments: str, is_void: bool) -> Iterator[str]:
    plain = name.replace(".", "_")
    yield f"def sync_{plain}(client: Client, value: {kind}) -> None:"
    if is_void:
        yield f"    client.{name}({arguments})"
    else:
        yield f"    assert_type(client.{name}({arguments}), {kind})"
    yield f"    assert_type(client.{name}.safe({arguments}), Ok[{kind}] | Err[InputError | CallError])"
    yield f"    client.{name}({arguments.replace('value', 'object()').replace('object()=', 'value=')})  {MARK}"
    yield from (f"    _{number}: {kind} = {text}" for number, text in enumerate(values))
    if not is_void:
        yield f"async def async_{plain}(client: AsyncClient, value: {kind}) -> None:"
        yield f"    assert_type(await client.{name}({arguments}), {kind})"


def wrong(text: str) -> Iterator[int]:
    """The lines that are errors."""
    return (number for number, line in enumerate(text.splitlines(), 1) if line.endswith(MARK))
