"""Server modules that need each other in a circle, and the copies of them, which callers import in any order."""

from __future__ import annotations

import pytest
from codegen import golden
from pydantic import BaseModel

from sanic_actions import DefinitionError, action
from sanic_actions.codegen import generate

# Each module is imported first in a process that has loaded pydantic and nothing of the packages.
FIRST = """
import os, sys, pydantic
for module in sys.argv[1:]:
    if not (child := os.fork()):
        try:
            __import__(module, fromlist=["*"])
        except BaseException as error:
            print(f"{module}: {error!r}", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def modules() -> list[str]:
    paths = (path for name in golden.NAMES for path in golden.kept(name) if path.endswith(".py"))
    return sorted(path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths)


def told(code: str, *arguments: str, seed: str = "0") -> str:
    """What a fresh interpreter prints that can import the golden packages."""
    done = golden.run(code, *arguments, seed=seed)
    return done.stdout + done.stderr


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_every_generated_module_can_be_imported_first(seed: str) -> None:
    """Whichever module a caller names first, it loads, and so do those that it needs in a circle."""
    assert told(FIRST, *modules(), seed=seed) == ""


USE = """
import importlib, sys
first, *others = (importlib.import_module(f"golden_circle.models.{name}") for name in sys.argv[1:])
known = {name: cls for module in (first, *others) for name, cls in vars(module).items() if not name.startswith("_")}
incomplete = [name for name, cls in known.items() if not getattr(cls, "__pydantic_complete__", True) and name != "Line"]
assert incomplete == []
Customer, Item, Line, Place, Regular = (known[name] for name in ("Customer", "Item", "Line", "Place", "Regular"))
item = Item(last=Customer(), customer=Customer(id=1))
made = Regular(orders=[item], wanted=[item])
assert Regular.model_validate_json(made.model_dump_json()).wanted == [item]
assert type(Regular.model_validate_json(made.model_dump_json()).orders[0]) is known["Order"]
import pydantic
place = pydantic.TypeAdapter(Place)
assert place.validate_json(place.dump_json(Place(line=Line(order=item)))).line.order.id == 0
"""


@pytest.mark.parametrize("order", ["people orders stock", "orders stock people", "stock people orders"])
def test_models_of_a_circle_are_whole_in_any_order(order: str) -> None:
    """They are complete as soon as one of the modules is imported, by whatever name."""
    assert told(USE, *(f"ring_{name}" for name in order.split())) == ""


class Sun(BaseModel):
    __module__ = "turns_day"


class Moon(Sun):
    __module__ = "turns_night"


class Tide(Moon):
    __module__ = "turns_day"


def test_base_classes_of_two_modules_by_turns_are_refused() -> None:
    """There is no order in which either of the two modules could be loaded first; the message names the classes."""

    @action
    def flow() -> Tide:
        raise NotImplementedError

    with pytest.raises(DefinitionError) as caught:
        generate({"flow": flow})

    assert "turns_day.Tide is made of turns_night.Moon" in str(caught.value)
    assert "Define one of them in the module of the other." in str(caught.value)
