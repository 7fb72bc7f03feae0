"""The mistakes of somebody's first hours: each gets one message, which says what happened and what to do."""

from __future__ import annotations

import asyncio
import enum
import functools
import importlib
import re
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, cast

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel
from sanic import HTTPResponse, Sanic, response

from sanic_actions import (
    Accept,
    ActionContext,
    ActionError,
    Bearer,
    DefinitionError,
    Event,
    Injected,
    InputError,
    Limits,
    MaxBytes,
    Namespace,
    Ok,
    UploadedFile,
    action,
)
from sanic_actions._doors import DOORS
from sanic_actions._mismatch import with_article
from sanic_actions.client import CallError
from sanic_actions.server import ActionsBlueprint, form_action

SOURCE = '''
from enum import Enum

from sanic import Sanic
from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint


@action
def like(post_id: str, limit: int = 3) -> int:
    """Like a post."""
    return limit


@action(accept="form")
def send(name: str) -> str:
    return name


class Stars(Enum):
    ONE = 1


@action
def rate(stars: Stars) -> int:
    return stars.value


app = Sanic("newcomer")
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint(Namespace(like=like, send=send, rate=rate)))
'''

Mistake = Callable[[Any], object]


class Order(BaseModel):
    """A model with a mark that counts for parameters only."""

    user: Annotated[str, Injected]


# ---- While actions are defined

DEFINITIONS: dict[str, tuple[str, list[str]]] = {
    "no annotation": (
        "@action\ndef like(post_id) -> int: ...",
        ["parameter 'post_id' has no annotation", "'post_id: str'"],
    ),
    "no return annotation": (
        "@action\ndef like(post_id: str): ...",
        ["no return annotation", "'-> None' if it returns nothing"],
    ),
    "any number of arguments": ("@action\ndef like(*ids: str) -> int: ...", ["'*ids'", "Name each field"]),
    "a default of another type": ("@action\ndef like(limit: int = 'ten') -> int: ...", ["'limit' is 'ten'", "write"]),
    "an output of any kind": ("@action\ndef like() -> object: ...", ["object has no one form in JSON", "JsonValue"]),
    "an output that is no data": (
        "@action\ndef like() -> sqlite3.Connection: ...",
        ["Connection has no form in JSON", "Use a model"],
    ),
    "another exception as error": (
        "@action(raises=[ValueError])\ndef like() -> int: ...",
        ["not a subclass of ActionError", "your own subclasses", "errors={ValueError: lambda error: ActionError("],
    ),
    "a guard that answers yes or no": (
        "def member(context: ActionContext) -> bool: ...\n\n@action(guard=member)\ndef like() -> int: ...",
        ["annotated '-> bool'", 'Raise ActionError("FORBIDDEN", ...)'],
    ),
    "a name that nobody can write": (
        "@action\ndef like() -> int: ...\n\ntree = Namespace(**{'my-like': like})",
        ["'my-like' is not a Python identifier", "Give it another name"],
    ),
    "a keyword as name": (
        "@action\ndef like() -> int: ...\n\ntree = Namespace(**{'import': like})",
        ["'import' is a Python keyword", "Give it another name"],
    ),
    "a function that is no action": (
        "def like() -> int: ...\n\ntree = Namespace(like=like)",
        ["'like' is a plain function", "Decorate it with @action"],
    ),
    "an action in place of a tree": ("@action\ndef like() -> int: ...\n\ntree = like", ["Namespace(like=like)"]),
    "an empty tree": ("tree = Namespace()", ["no actions in it", "Pass a Namespace"]),
    "an encoding that there is not": (
        "@action(accept='xml')\ndef like() -> int: ...",
        ["'xml'", 'Use "json", "form" or ("json", "form")'],
    ),
    "a name that is not imported": (
        "@action\ndef like(user: 'User') -> int: ...",
        ["names 'User', which is not defined", "Import it"],
    ),
    "nobody who injects": (
        "@action\ndef like(user: Annotated[str, Injected]) -> int: ...",
        ["nothing supplies parameter 'user'", "Return a str from a guard"],
    ),
    "another decorator above": (
        "@functools.cache\n@action\ndef like() -> int: ...",
        ["'like' is an action inside another decorator", "Write @action above the other decorator"],
    ),
    "a decorator below that wraps nothing": (
        "def logged(f):\n    def inner(*ids) -> int: ...\n    return inner\n\n"
        "@action\n@logged\ndef like(id: str) -> int: ...",
        ["'*ids' takes any number of arguments", "it needs @functools.wraps(...)"],
    ),
    "a class": ("@action\nclass like: ...", ["'like' is a class", "Make an action of a function"]),
    "a class as namespace": (
        "class Shop: ...\n\ntree = Namespace(shop=Shop)",
        ["'Shop' is a plain type", "group them in a Namespace"],
    ),
    "a method": (
        "class Shop:\n    @action\n    def like(self, id: str) -> int: ...\n\ntree = Namespace(like=Shop().like)",
        ["a method without its object", "action(service.method)"],
    ),
    "a classmethod": (
        "class Shop:\n    @classmethod\n    def f(cls) -> int: ...\n    like = action(f)\n\ntree = {'like': Shop.like}",
        ["a classmethod without its class", "Write action(Shop.f) below the class"],
    ),
    "a call in place of the action": (
        "@action\ndef like() -> int: return 1\n\ntree = Namespace(like=like())",
        ["1 is not an action", "name an action without calling it"],
    ),
    "a coroutine in place of the action": (
        "@action\nasync def like() -> int: ...\n\npending = like()\ntree = Namespace(like=pending)",
        ["an action was called", "Name the action itself"],
    ),
    "the app in place of the tree": ("tree = Sanic('other')", ["the app takes the blueprint with app.blueprint(...)"]),
    "an option among the actions": (
        "def member(context: ActionContext) -> None: ...\n\n@action\ndef like() -> int: ...\n\n"
        "tree = Namespace(like=like, guard=member)",
        ["Options are set with Namespace(...).with_options(guard=...)"],
    ),
    "a decorator that takes the request": (
        "import functools\n\ndef login_required(view):\n    @functools.wraps(view)\n"
        "    async def decorated(request, *args, **kwargs):\n        return await view(request, *args, **kwargs)\n\n"
        "    return decorated\n\n@action\n@login_required\nasync def like(id: int) -> int: ...",
        ["the decorator 'login_required' (", "missing a required argument: 'request'", "@action(guard=...)"],
    ),
    "a response": ("@action\ndef like() -> HTTPResponse: ...", ["a response is what the library makes", "Redirect"]),
    "a result": ("@action\ndef like() -> Ok[int]: ...", ["what callers of .safe get", "Return the value itself"]),
    "an error that is returned": (
        "@action\ndef like() -> int | ActionError: ...",
        ["an error is raised, not returned"],
    ),
    "an action called list": (
        "@action\ndef list() -> 'list[str]': ...\n\ntree = Namespace(list=list)",
        ["'list' is <Action list> of this module", "Give that another name in the module"],
    ),
    "a model of the first pydantic": (
        "from pydantic.v1 import BaseModel\n\nclass User(BaseModel):\n    name: str\n\n"
        "@action\ndef like(user: User) -> int: ...",
        ["a model of pydantic.v1", "Inherit from pydantic.BaseModel"],
    ),
    "a class without fields": (
        "class User:\n    def __init__(self, name: str): ...\n\n@action\ndef like(user: User) -> int: ...",
        ["User has no form in JSON", "Use a model, a dataclass"],
    ),
    "a file of Sanic": (
        "import sanic.request\n\n@action(accept='form')\ndef like(photo: sanic.request.File) -> int: ...",
        ["it is Sanic's own File", "UploadedFile of sanic_actions"],
    ),
    "a request without its type": ("@action\ndef like(request) -> int: ...", ["for example 'request: Request'"]),
    "None as default": ("@action\ndef like(id: str = None) -> int: ...", ["Write 'id: str | None = None'"]),
    "a default in Field": (
        "import pydantic\n\n@action\ndef like(limit: int = pydantic.Field(3, ge=1)) -> int: ...",
        ["the default of parameter 'limit' is a Field(...)", "Annotated[..., Field(...)]"],
    ),
    "a dict of anything": ("@action\ndef like() -> dict[str, Any]: ...", ["Any has no one form", "JsonValue"]),
    "a code as error": (
        "@action(raises=['CONFLICT'])\ndef like() -> int: ...",
        ["not a subclass of ActionError", 'class Conflict(ActionError, code="CONFLICT")'],
    ),
    "an error without a code": (
        "class Gone(ActionError): ...\n\n@action(raises=[Gone])\ndef like() -> int: ...",
        ["Gone has no code", 'Write class Gone(ActionError, code="CONFLICT")'],
    ),
    "a constructor of an error": (
        "class Sold(ActionError, code='CONFLICT'):\n    def __init__(self, left):\n        self.left = left\n\n"
        "@action(raises=[Sold])\ndef like() -> int: ...",
        ["Sold.__init__ sets 'left', which is not a field", "Write 'left: int'", "raise Sold('...', left=...)"],
    ),
    "a list of guards": (
        "@action(guard=[lambda context: None])\ndef like() -> int: ...",
        ["is not a function", "Pass one function"],
    ),
    "a guard that was called": (
        "async def admins(context): ...\n\n@action(guard=admins(None))\ndef like() -> int: ...",
        ["is not a function", "It was called: name it alone, guard=admins."],
    ),
    "a list of anything": ("@action\ndef like() -> list: ...", ["list does not say what it holds", "like list[int]"]),
    "a dict without brackets": ("@action\ndef like(x: dict) -> int: ...", ["dict does not say", "like dict[str, int]"]),
    "a tuple of typing": (
        "import typing\n\n@action\ndef like(x: typing.Tuple) -> int: ...",
        ["tuple does not say what it holds", "like tuple[int, ...]"],
    ),
    "a set without brackets": ("@action\ndef like(x: set) -> int: ...", ["set does not say", "like set[int]"]),
    "types in parentheses": ("@action\ndef like() -> (int, str): ...", ["a tuple, not a type", "tuple[int, str]"]),
    "a type in brackets": ("@action\ndef like() -> [int]: ...", ["a list, not a type", "Write list[int]."]),
    "types in braces": ("@action\ndef like() -> {str: int}: ...", ["a dict, not a type", "Write dict[str, int]."]),
    "a module for its class": (
        "import datetime\n\n@action\ndef like(at: datetime) -> int: ...",
        ["datetime is a module, not a type", "Write datetime.datetime."],
    ),
    "a function for a type": ("@action\ndef like() -> any: ...", ["'any' is a function", "pydantic.JsonValue"]),
    "a value for a type": ("@action\ndef like() -> 5: ...", ["5 is a value, not a type", "Write int", "Literal[5]"]),
    "half of a type": (
        "from typing import Optional\n\n@action\ndef like() -> Optional: ...",
        ["Optional stands alone", "int | None"],
    ),
    "a Field for a type": (
        "import pydantic\n\n@action\ndef like(limit: pydantic.Field(ge=1)) -> int: ...",
        ["a mark on a type, not a type", "Annotated[int, Field(...)]"],
    ),
    "a limit of files for a type": (
        "@action(accept='form')\ndef like(photo: MaxBytes('5MB')) -> int: ...",
        ["MaxBytes is a mark on a type", "Annotated[UploadedFile, MaxBytes('5MB')]"],
    ),
    "a mark for a type": (
        "@action\ndef like(db: Injected) -> int: ...",
        ["Injected is a mark on a type", "Annotated[Database, Injected]"],
    ),
    "an injected value inside a type": (
        "@action\ndef like(user: Annotated[str, Injected] | None = None) -> int: ...",
        ["Injected does nothing here", "'user: Annotated[User | None, Injected]'"],
    ),
    "an injected field": (
        "@action\ndef like(order: Order) -> int: ...",
        ["Injected does nothing here", "field 'user' of Order", "among the parameters of the handler"],
    ),
    "a file that is returned": (
        "@action(accept='form')\ndef like() -> UploadedFile: ...",
        ["an UploadedFile is what a form sends", "'-> Download', and return Download(path)"],
    ),
    "an open file that is returned": (
        "from typing import BinaryIO\n\n@action\ndef like() -> BinaryIO: ...",
        ["an open file does not travel", "'-> Download', and return Download(path)"],
    ),
    "an open file that is taken": (
        "import io\n\n@action(accept='form')\ndef like(x: io.BytesIO) -> int: ...",
        ["an open file does not travel", "UploadedFile of sanic_actions"],
    ),
    "limits for a type": ("@action\ndef like(x: Limits) -> int: ...", ["not a type", "@action(limits=Limits(...))"]),
    "one event": ("@action\ndef like() -> Event[int]: ...", ["item of a stream", "'-> AsyncIterator[Event[int]]'"]),
    "a limit on a list of files": (
        "@action(accept='form')\ndef like(x: Annotated[list[UploadedFile], MaxBytes('1KB')]) -> int: ...",
        ["about one file", "Write list[Annotated[UploadedFile, MaxBytes(1000)]]."],
    ),
    "types of files on a list": (
        "@action(accept='form')\ndef like(x: Annotated[dict[str, UploadedFile], Accept('a/b')]) -> int: ...",
        ["about one file", "Write dict[str, Annotated[UploadedFile, Accept('a/b')]]."],
    ),
    "a limit of files on a string": (
        "@action(accept='form')\ndef like(x: Annotated[str, MaxBytes('1KB')]) -> int: ...",
        ["MaxBytes(1000) is about a file, and str is not one", "Field(max_length=1000)"],
    ),
    "types of files on a number": (
        "@action(accept='form')\ndef like(x: Annotated[int, Accept('a/b')]) -> int: ...",
        ["Accept('a/b') is about a file, and int is not one", "take an UploadedFile"],
    ),
    "a limit that is not called": (
        "@action(accept='form')\ndef like(x: Annotated[UploadedFile, MaxBytes]) -> int: ...",
        ["MaxBytes does not say what it allows", "MaxBytes('5MB')"],
    ),
    "a list in place of a stream": (
        "@action\ndef like() -> list[int]:\n    yield 1",
        ["the handler yields", "Annotate it '-> AsyncIterator[...]'"],
    ),
    "a thread for what never blocks": (
        "@action(thread=True)\nasync def like() -> int: ...",
        ["stays on the event loop", "Leave out 'async'"],
    ),
}

ARGUMENTS: dict[str, tuple[str, type[Exception], str]] = {
    "an action without a name": ("Namespace(like)", TypeError, "takes actions by name, not <Action like>"),
    "a list of actions": ("Namespace([like])", TypeError, "write Namespace(like=like)"),
    "an injected type in brackets": ("Injected[Limits]", TypeError, "write Annotated[Limits, Injected]"),
    "a name for an action": ("action('like')", TypeError, "the name of an action is its key in the tree"),
    "a name by keyword": ("action(name='like')", TypeError, "The name of an action is its key in the tree"),
    "an option in the plural": ("action(guards=[])", TypeError, "Did you mean 'guard'?"),
    "limits as a dict": ("action(limits={'rate': '5/minute'})(len)", TypeError, "limits= takes Limits(...)"),
    "a rate in words": ("Limits(rate='5 per minute')", ValueError, "write it like '5/minute'"),
    "a status as code": ("ActionError(404, 'No such post')", ValueError, "Did you mean 'NOT_FOUND'?"),
    "a message before its code": (
        "ActionError('No such post', 'NOT_FOUND')",
        ValueError,
        "The code comes first: 'NOT_FOUND', 'No such post'.",
    ),
    "an error of a class without a code": (
        "Uncoded('None left', left=3)",
        ValueError,
        'Uncoded has none of its own. Write class Uncoded(ActionError, code="CONFLICT").',
    ),
    "a misspelt code for a class without one": ("Uncoded('NOT_FUND', left=3)", ValueError, "Did you mean 'NOT_FOUND'?"),
    "a status in place of a code of a class": (
        "type('Sold', (ActionError,), {}, status=409)",
        TypeError,
        "class Sold has no option 'status'. Write code=..., the name of a status: class Sold(ActionError, code=",
    ),
    "a function beside a credential": (
        "Bearer(print_owner) | print_owner",
        TypeError,
        "Bearer(...) | print_owner takes a credential on both sides: ",
    ),
    "a credential beside a function": (
        "print_owner | Bearer(print_owner)",
        TypeError,
        "Let one of them call your function as its 'find'",
    ),
    "nothing beside a credential": ("Bearer(print_owner) | None", TypeError, "unsupported operand"),
    "a message as code": ("ActionError('No such post')", ValueError, "is not a code of an ActionError"),
    "an object, as in other languages": (
        "ActionError({'code': 'NOT_FOUND', 'message': 'No such post'})",
        ValueError,
        "is not a code of an ActionError. Pass the code, then the message: ",
    ),
    "a list as code": ("ActionError(['NOT_FOUND'])", ValueError, "Did you mean 'NOT_FOUND'?"),
    "a message as issues": ("InputError('is taken')", TypeError, "write InputError.on('email', "),
    "a field by position": ("OutOfStock('None', 3)", TypeError, "is passed by name"),
    "no field": ("OutOfStock('None left')", TypeError, "missing 'left'"),
}


class OutOfStock(ActionError, code="CONFLICT"):
    left: int


class Uncoded(ActionError):
    left: int


def print_owner(token: str) -> str | None:
    return token


@pytest.mark.parametrize("mistake", ARGUMENTS)
def test_argument(mistake: str) -> None:
    """What cannot be passed is refused where it is written."""
    code, error, part = ARGUMENTS[mistake]

    with pytest.raises(error) as failure:
        eval(code, {**globals(), "Limits": Limits, "OutOfStock": OutOfStock, "Bearer": Bearer})

    assert part in str(failure.value)


OUR_DOORS = ("sanic_actions", "sanic_actions.server", "sanic_actions.client", "sanic_actions.testing")


@pytest.mark.parametrize("door", OUR_DOORS)
def test_a_name_of_another_door(door: str) -> None:
    """A name that is imported from the wrong door is refused with the line that imports it."""
    promises = importlib.import_module(door).__all__
    for names in DOORS.values():
        for name in set(names.split()) - set(promises):
            with pytest.raises(ImportError) as failure:
                exec(f"from {door} import {name}", {})

            sentence, _, line = str(failure.value).partition(" Write: ")
            assert sentence == f"{door} has no {name!r}."
            exec(line, {})


def test_every_name_has_its_door() -> None:
    """The table of doors has all names that are written by hand."""
    names = [set(DOORS[door].split()) for door in OUR_DOORS]
    promises = [set(importlib.import_module(door).__all__) for door in OUR_DOORS]

    assert names[0] == promises[0]
    assert names[1] == promises[1] - promises[0]
    assert names[2] <= promises[2]
    assert names[3] == promises[3]


def test_a_name_of_no_door() -> None:
    """Any other name is missing as in every module."""
    import sanic_actions

    assert not hasattr(sanic_actions, "nothing")
    assert not hasattr(importlib.import_module("sanic_actions.server"), "nothing")


def serve_once(tree: Any) -> None:
    """Start an app that serves a tree, and stop it."""
    app: Sanic[Any, Any] = Sanic("newcomer")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(tree))
    with running(app):
        pass


@pytest.mark.parametrize("mistake", DEFINITIONS)
def test_definition(mistake: str) -> None:
    """Serving the tree raises one error that lists the problem, its place and its remedy."""
    code, parts = DEFINITIONS[mistake]
    names: dict[str, Any] = {"ActionContext": ActionContext, "Injected": Injected, "sqlite3": sqlite3}
    names |= {"Order": Order, "MaxBytes": MaxBytes, "Accept": Accept, "Limits": Limits, "Event": Event}
    names |= {"action": action, "Namespace": Namespace, "UploadedFile": UploadedFile, "functools": functools}
    names |= {"ActionError": ActionError, "HTTPResponse": HTTPResponse, "Ok": Ok, "Sanic": Sanic}
    exec(f"from typing import Annotated, Any\n\n{code}", names)

    with pytest.raises(DefinitionError) as failure:
        serve_once(names["tree"] if "tree" in names else {"like": names["like"]})

    if "pending" in names:
        names["pending"].close()
    assert [part for part in parts if part not in str(failure.value)] == []
    assert str(failure.value).startswith("One problem in the definition of actions.")


@action
def like() -> int:
    return 1


def test_prefix() -> None:
    """A prefix is a path."""
    with pytest.raises(ValueError, match=r"prefix='actions' is not a path; write it like '/_actions'"):
        ActionsBlueprint({"like": like}, prefix="actions")


# ---- On the command line

COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "no app": (["generate"], ["MODULE:APP is missing", "[tool.sanic-actions]"]),
    "no colon": (["generate", "shop"], ["'shop' is not MODULE:APP", "such as blog.app:app"]),
    "a file": (["generate", "shop.py:app"], ["leave out .py and write shop:APP"]),
    "another module": (["generate", "shpo:app"], ["There is no module 'shpo'", "Did you mean 'shop'?"]),
    "a path": (["generate", "./src/shop.py:app"], ["'./src/shop.py' is a path, not a module: write src.shop:APP."]),
    "another folder": (["generate", "elsewhere:app"], ["Run the command in the folder that it is imported from"]),
    "another app": (["generate", "shop:ap"], ["shop has no 'ap'", "Did you mean 'app'?"]),
    "a module of Python": (
        ["list", "site:app"],
        ["site has no 'app'", "site.py by that name, not site.py: rename yours"],
    ),
    "a module in Python": (["list", "sys:app"], ["sys has no 'app'", "a module of its own by that name, not sys.py"]),
    "an action": (["generate", "shop:like"], ["shop:like is one action", "name the app"]),
    "a misspelt command": (["generat", "shop:app"], ['Did you mean "generate"?']),
    "a misspelt option": (["generate", "shop:app", "--ot", "x"], ["Did you mean --out?"]),
    "one argument too many": (["list", "shop:app", "like"], ["Nothing takes 'like'"]),
    "a package that hides a module": (
        ["generate", "shop:app", "--package", "shop"],
        ["would hide the module shop.py", "--package shop_client"],
    ),
    "a branch without git:": (["check", "shop:app", "--against", "main"], ["is git:main"]),
    "a branch without git: to diff": (["diff", "main"], ["is git:main"]),
    "a package with a hyphen": (["generate", "shop:app", "--package", "shop-client"], ["write shop_client"]),
    "a package that hides Python's": (["generate", "shop:app", "--package", "json"], ["Choose another name"]),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one module."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "shop.py").write_text(SOURCE)
    for name in ("site.py", "sys.py"):
        (folder / name).write_text(SOURCE)
    (folder / "circular.py").write_text(f"from own_client import AsyncClient\n{SOURCE}")
    return folder


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a project."""
    program = [sys.executable, "-m", "sanic_actions", *arguments]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("mistake", COMMANDS)
def test_command(folder: Path, mistake: str) -> None:
    """The exit code is 2, and the one message says what to write; there is no traceback."""
    arguments, parts = COMMANDS[mistake]

    result = command(folder, *arguments)

    assert result.returncode == 2
    assert [part for part in parts if part not in result.stderr] == []
    assert "Traceback" not in result.stderr


def test_command_in_a_folder_of_the_project(tmp_path: Path) -> None:
    """Below the folder of pyproject.toml, the message names that folder."""
    (tmp_path / "pyproject.toml").write_text('[tool.sanic-actions]\napp = "shop:app"\n')
    inner = tmp_path / "src" / "shop"
    inner.mkdir(parents=True)

    result = command(inner, "check")

    assert result.returncode == 2
    assert f"Run the command in {tmp_path}." in result.stderr


def test_command_with_a_misspelt_table(tmp_path: Path) -> None:
    """A table that nothing reads is named."""
    (tmp_path / "pyproject.toml").write_text('[tool.sanic_actions]\napp = "shop:app"\n')

    result = command(tmp_path, "generate")

    assert result.returncode == 2
    assert "[tool.sanic_actions], which nothing reads: write [tool.sanic-actions]." in result.stderr


def test_app_that_imports_its_own_package(folder: Path) -> None:
    """The package is not there the first time; the message shows the line, and says how to do without."""
    result = command(folder, "generate", "circular:app", "--package", "own_client")

    assert result.returncode == 2
    assert "circular.py" in result.stderr
    assert "'own_client' is the package that this command writes" in result.stderr


# ---- While actions are called


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[ModuleType]:
    """The generated package of the project; its app runs at ``package.url``."""
    assert command(folder, "generate", "shop:app", "--package", "newcomer_client").returncode == 0
    sys.path.insert(0, str(folder))
    import newcomer_client as package  # type: ignore[import-not-found]  # generated by this test
    import shop  # type: ignore[import-not-found]  # generated by this test

    with running(shop.app) as url:
        package.url = url
        yield package
    sys.path.remove(str(folder))
    for name in ("newcomer_client", "shop"):
        sys.modules.pop(name)


NOWHERE = "http://127.0.0.1:9"
CALLS: dict[str, tuple[Mistake, type[Exception], str]] = {
    "positional": (lambda c: c.like("1"), TypeError, "write like(post_id=...)"),
    "missing": (lambda c: c.like(), TypeError, "missing 1 required keyword-only argument: 'post_id'"),
    "misspelt": (lambda c: c.like(post="1"), TypeError, "Did you mean 'post_id'?"),
    "of a wrong type": (lambda c: c.like(post_id=3), InputError, "post_id: Enter text"),
    "of another name": (lambda c: c.lik(post_id="1"), AttributeError, "no action lik"),
    "of the class": (lambda c: type(c).like(post_id="1"), TypeError, "make a client first, such as Client("),
    "with an option": (lambda c: c.like(post_id="1", timeout=3), TypeError, "client.with_options(timeout=...)"),
    "with the server's class": (lambda c: c.rate(stars=Stars.ONE), InputError, "import the class from this package"),
    "safe before the action": (lambda c: c.safe.like(post_id="1"), AttributeError, "client.like.safe(...)"),
    "that was not called": (lambda c: c.like.likes, AttributeError, "like is an action, which is called first: write"),
    "that was not called before a loop": (lambda c: list(c.like), TypeError, "write 'client.like(...)'"),
    "of a result": (lambda c: Ok(3).likes, AttributeError, "what came out is in .data"),  # type: ignore[attr-defined]  # the mistake
    "credentials that are no function": (
        lambda c: type(c)(c, auth="Bearer x"),
        ValueError,
        "a fixed one is passed with",
    ),
    "an HTTP client as transport": (
        lambda c: type(c)(NOWHERE, transport=httpx2.Client()),
        ValueError,
        "write transport=Httpx2Transport(...) around it",
    ),
    "headers as pairs": (lambda c: c.with_options(headers=[("a", "b")]), ValueError, "a mapping of names to strings"),
    "no time at all": (
        lambda c: type(c)("http://127.0.0.1:9", timeout=None),
        ValueError,
        "a positive number of seconds",
    ),
}


class Stars(enum.Enum):
    """What stands for the server's class; the package has a copy of it."""

    ONE = 1


@pytest.mark.parametrize("mistake", CALLS)
def test_call(client: ModuleType, mistake: str) -> None:
    """A wrong call is refused before anything is sent, in the words of the action."""
    call, error, part = CALLS[mistake]

    with client.Client("http://127.0.0.1:9") as calls, pytest.raises(error) as failure:
        call(calls)

    assert part in str(failure.value)


URLS = {
    "no scheme": ("localhost:8000", ValueError, "does not begin with http://"),
    "no server": ("http://127.0.0.1:9", CallError, "Check that the server runs and that the base URL is right"),
    "the prefix twice": ("{url}/_actions", CallError, "leave it out of the base URL, the client adds it"),
    "a path too many": ("{url}/shop", CallError, "Check that the base URL leads to the app and its actions"),
}


@pytest.mark.parametrize("mistake", URLS)
def test_url(client: ModuleType, mistake: str) -> None:
    """What cannot be reached names the URL and what to check."""
    url, error, part = URLS[mistake]

    with pytest.raises(error) as failure, client.Client(url.format(url=client.url)) as calls:
        calls.like(post_id="1")

    assert part in str(failure.value)


def test_server_without_tls(client: ModuleType) -> None:
    """https:// before a server that speaks plain HTTP is named as what may be wrong."""
    with client.Client(client.url.replace("http:", "https:"), timeout=1) as calls, pytest.raises(CallError) as failure:
        calls.like(post_id="1")

    assert "For a server without TLS it begins with http://." in str(failure.value)


# ---- What a handler returns

RETURNS: dict[str, tuple[str, str]] = {
    "a coroutine": ("asyncio.sleep(0)", "returned a coroutine where it declares int: .* Await it."),
    "nothing": ("None", "returned None where it declares int: .* A function without 'return' returns None"),
    "a pair with a status": ("({'id': 1}, 201)", "Return the value alone: a status is that of an error"),
    "a response": ("response.json({'id': 1})", "returned a JSONResponse .* Return the value itself"),
    "a result": ("Ok(1)", "returned an Ok where .* Return result.data"),
    "an error": ("ActionError('NOT_FOUND')", "returned an ActionError .* Raise it."),
}


@pytest.mark.parametrize("mistake", RETURNS)
def test_return(mistake: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log says what was returned, what was declared, and what to write instead."""
    code, sentence = RETURNS[mistake]

    @action
    async def act() -> int:
        return eval(code, {**globals(), "response": response})  # type: ignore[no-any-return]  # the mistake

    app: Sanic[Any, Any] = Sanic("newcomer")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"act": act}))
    with running(app) as url:
        assert httpx2.post(f"{url}/_actions/act").status_code == 500

    assert re.search(sentence, caplog.text)


YIELDS: dict[str, tuple[str, str]] = {
    "a coroutine": ("asyncio.sleep(0)", "is a coroutine where it declares int: .* Await it."),
    "nothing": ("None", "is None where it declares int: .* Each 'yield' sends an item: leave out those that are None."),
    "a pair with a status": ("({'id': 1}, 201)", ".* Yield the value alone: a status is that of an error"),
    "a response": ("response.json({'id': 1})", "is a JSONResponse .* Yield the value itself"),
    "a result": ("Ok(1)", "is an Ok where .* Yield result.data"),
    "an error": ("ActionError('NOT_FOUND')", "is an ActionError .* Raise it."),
}


@pytest.mark.parametrize("mistake", YIELDS)
def test_yield(mistake: str, caplog: pytest.LogCaptureFixture) -> None:
    """The same for an item of a stream."""
    code, sentence = YIELDS[mistake]

    @action
    async def act() -> AsyncIterator[int]:
        yield eval(code, {**globals(), "response": response})

    app: Sanic[Any, Any] = Sanic("newcomer")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint({"act": act}))
    with running(app) as url:
        assert httpx2.post(f"{url}/_actions/act").status_code == 500

    assert re.search(f"an item of 'act' {sentence}", caplog.text)


@pytest.mark.parametrize(
    "words",
    ["a User", "a Unit", "a UUID", "a URL", "a European", "an Upload", "an int", "an Item", "an Unknown", "a str"],
)
def test_article(words: str) -> None:
    """A type stands in a sentence as people say it."""
    assert with_article(words.split()[1]) == words


@pytest.mark.parametrize("is_above", [True, False], ids=["above the action", "below the action"])
def test_route_of_an_action(is_above: bool) -> None:
    """An action cannot be the handler of a route too, which would call it unchecked."""
    app: Sanic[Any, Any] = Sanic("newcomer")
    app.config.AUTO_EXTEND = False

    async def like(post_id: str) -> int:
        return 1

    route = app.post("/like")
    served: Any
    if is_above:
        served = route(action(like))
    else:
        served = action(cast("Any", route(like)))
    app.blueprint(ActionsBlueprint({"like": served}))

    with (
        pytest.raises(TypeError, match=r"calls the action 'like', and would give it a request\. Remove @app\.post"),
        running(app),
    ):
        pass


@pytest.mark.parametrize("wrong", ["like", len], ids=["its name", "a function"])
def test_form_of_something_else(wrong: Any) -> None:
    """A form, a URL or a result is asked for with the action itself."""
    app: Sanic[Any, Any] = Sanic("newcomer")
    app.blueprint(ActionsBlueprint({"like": like}))

    with pytest.raises(LookupError, match=r"is not an action\. Pass the action itself"):
        form_action(wrong, "/", app=app)


def test_package_of_another_version(client: ModuleType) -> None:
    """What the library lacks that a package asks for belongs to another version, and the message says so."""
    source = Path(client.__file__ or "").read_text().replace("_client.call(", "_client.call_of_tomorrow(")

    with pytest.raises(AttributeError, match=r"was generated with another version\. Install that one, or run"):
        exec(source, {"__name__": "newcomer_client", "__package__": "newcomer_client"})


def test_no_url(client: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The actions of a package ask for the variable that they read."""
    monkeypatch.delenv("NEWCOMER_CLIENT_URL", raising=False)
    monkeypatch.delenv("ACTIONS_URL", raising=False)

    with pytest.raises(ActionError, match="set the environment variable NEWCOMER_CLIENT_URL"):
        client.actions.like(post_id="1")


def test_forgotten_await(client: ModuleType) -> None:
    """What is done with an answer that was never awaited says where the await belongs."""

    async def main() -> None:
        async with client.AsyncClient(client.url) as calls:
            pending = calls.like(post_id="1")
            try:
                assert pending.bit_length
            finally:
                await pending

    with pytest.raises(AttributeError, match=r"was not awaited: write \(await client.like\(...\)\).bit_length"):
        asyncio.run(main())


def test_forgotten_await_at_the_end_of_a_program() -> None:
    """A call that is still there when Python ends says nothing, since nothing can be imported any more."""
    program = """
from sanic_actions.client._unawaited import UnawaitedCall
async def like(): ...
kept = UnawaitedCall(like(), "like")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_blocking_call_in_a_loop(client: ModuleType) -> None:
    """A blocking call in a coroutine works, and says once what it costs and what to write."""

    async def main() -> int:
        with client.Client(client.url) as calls:
            return calls.like(post_id="1") + calls.like(post_id="1")  # type: ignore[no-any-return]  # a package that is generated here

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", RuntimeWarning)
        assert asyncio.run(main()) == 6

    sentences = [str(warning.message) for warning in told if "blocking call" in str(warning.message)]
    assert len(sentences) == 1
    assert "write 'await client.like(...)' with an AsyncClient" in sentences[0]


# ---- By hand over HTTP

REQUESTS: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "GET": ("GET", "like", {}, 405, "called with POST"),
    "no Content-Type": ("POST", "like", {"content": b"{}"}, 415, "The body has no Content-Type. It accepts"),
    "a form for JSON": ("POST", "like", {"data": {"post_id": "1"}}, 415, "It accepts application/json"),
    "JSON for a form": ("POST", "send", {"json": {"name": "a"}}, 415, "It accepts application/x-www-form-urlencoded"),
    "another name": ("POST", "lke", {"json": {}}, 404, "There is no action of this name"),
    "a slash for a dot": ("POST", "blog/like", {"json": {}}, 404, "There is no action of this name"),
    "a missing field": ("POST", "like", {"json": {}}, 400, "post_id: This field is required"),
    "fields in the query": ("POST", "like?post_id=1", {"json": {}}, 400, "post_id: This field is required"),
    "a list": ("POST", "like", {"json": [1]}, 400, "Must be an object with named fields"),
    "half a text": (
        "POST",
        "like",
        {"content": b'{"post_id', "headers": {"content-type": "application/json"}},
        400,
        "Invalid JSON",
    ),
}


@pytest.mark.parametrize("mistake", REQUESTS)
def test_request(client: ModuleType, mistake: str) -> None:
    """A wrong request gets a status and a sentence."""
    method, path, options, status, part = REQUESTS[mistake]

    answer = httpx2.request(method, f"{client.url}/_actions/{path}", **options)

    assert answer.status_code == status
    assert part in answer.json()["detail"]


def test_there_are_thirty() -> None:
    """The tables above hold the thirty typical mistakes, and some more."""
    assert len([*DEFINITIONS, *COMMANDS, *CALLS, *URLS, *REQUESTS]) >= 30
