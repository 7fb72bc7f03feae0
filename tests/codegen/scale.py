"""A tree as large as any: 1,000 actions in 50 namespaces with 2,000 models, for measurements and for a test.

``python -m codegen.scale`` in ``tests`` prints what it costs to generate its client, in seconds of CPU.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

NAMESPACES = 50
ACTIONS = 20
"""In each namespace, with two models each."""

_HEAD = '''\
"""One namespace."""

from __future__ import annotations

import datetime
import enum
from typing import Annotated

from pydantic import BaseModel, Field

from sanic_actions import action


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"
'''
_ACTION = '''

class Item{n}(BaseModel):
    """An item of the kind {n}."""

    id: int
    name: Annotated[str, Field(min_length=1, max_length=80)]
    price: float = 0.0
    tags: list[str] = []
    made: datetime.datetime | None = None
    colour: Colour = Colour.RED


class Page{n}(BaseModel):
    """A page of items."""

    items: list[Item{n}]
    total: int = Field(default=0, ge=0, description="How many there are.")
    by_name: dict[str, Item{n}] = {{}}


@action
def act{n}(item: Item{n}, name: Annotated[str, Field(min_length=1)], count: int = 1, at: datetime.date | None = None) -> Page{n}:
    """Do the thing {n}.

    Args:
        item: What it is done to.
    """
    raise NotImplementedError
'''  # noqa: E501  # the text of a module


def write(folder: Path, namespaces: int = NAMESPACES, actions: int = ACTIONS) -> None:
    """Write the modules of such a server, and ``scale_app`` with its tree."""
    for number in range(namespaces):
        text = _HEAD + "".join(_ACTION.format(n=action) for action in range(actions))
        (folder / f"scale_part{number}.py").write_text(text)
    imports = "".join(f"import scale_part{number}\n" for number in range(namespaces))
    groups = "".join(
        f"'group{number}': {{{''.join(f'{name!r}: scale_part{number}.{name}, ' for name in _names(actions))}}},\n"
        for number in range(namespaces)
    )
    (folder / "scale_app.py").write_text(f"{imports}\nserver = {{\n{groups}}}\n")


def _names(actions: int) -> list[str]:
    return [f"act{number}" for number in range(actions)]


def load(folder: Path) -> ModuleType:
    """Import the server."""
    import importlib

    sys.path.insert(0, str(folder))
    return importlib.import_module("scale_app")


def _timed(step: str, function: Callable[[], Any]) -> Any:
    start = time.process_time()
    result = function()
    sys.stdout.write(f"{step:28} {time.process_time() - start:6.2f} s\n")
    return result


def main() -> None:
    """Measure each part."""
    from sanic_actions._cli.output import compare
    from sanic_actions._cli.output import write as put
    from sanic_actions._namespace import entries
    from sanic_actions.codegen import _package

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        app = _timed("import the server", lambda: load(folder))
        gc.freeze()  # as the command line does
        gc.disable()
        actions = _timed("read the definitions", lambda: entries(app.server))
        texts = _timed("generate", lambda: _package.generate_entries(actions))
        changes = _timed("compare with nothing", lambda: compare(folder / "out", "actions", texts))
        _timed("write", lambda: put(folder / "out", changes, texts))
        _timed("compare with the same", lambda: compare(folder / "out", "actions", texts))


if __name__ == "__main__":
    main()
