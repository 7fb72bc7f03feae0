"""The page for developers shows calls that a type checker takes, whatever the inputs are."""

from __future__ import annotations

import datetime
import decimal
import enum
import os
import pathlib
import re
import shlex
import subprocess
import sys
import uuid
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import httpx2
import pytest
from conftest import running
from pydantic import BaseModel, EmailStr, Field, HttpUrl, RootModel, SecretStr
from sanic import Sanic
from typing_extensions import TypedDict

from sanic_actions import Namespace, UploadedFile, action, define_action
from sanic_actions._cli.commands import run
from sanic_actions.server import ActionsBlueprint, ApiKey, Bearer, SessionCookie


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


class Line(BaseModel):
    tea: Annotated[str, Field(min_length=3)]
    size: Size
    at: datetime.datetime
    price: decimal.Decimal
    note: str = ""


class Address(BaseModel):
    street: Annotated[str, Field(alias="streetName")]


class Lines(RootModel[list[Line]]):
    pass


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Box:
    width: int
    since: datetime.date
    point: Point


class Words(TypedDict):
    word: str
    when: datetime.time


class Circle(BaseModel):
    kind: Literal["circle"] = "circle"
    radius: float


class Square(BaseModel):
    kind: Literal["square"] = "square"
    side: int


class Order(BaseModel):
    lines: Annotated[list[Line], Field(min_length=1)]
    to: Address
    shape: Annotated[Circle | Square, Field(discriminator="kind")]


KINDS: list[Any] = [
    *(int, float, str, bool, bytes, decimal.Decimal, uuid.UUID, datetime.date, datetime.timedelta, pathlib.Path),
    *(Size, Line, Address, Lines, Point, Box, Words, Order, EmailStr, HttpUrl, SecretStr, int | None, list[Line]),
    *(dict[str, int], Annotated[set[Size], Field(min_length=1)], tuple[int, datetime.date], Literal["a", "b"]),
]


def secret(credential: str) -> str | None:
    return {"a-secret": "ada"}.get(credential)


TOKEN, KEY, COOKIE = Bearer(secret), ApiKey("X-Key", secret), SessionCookie("sid", secret)
PLACES = re.compile(r"\b(TOKEN|KEY|SESSION)\b")
"""What a line has in place of a credential."""


def actions() -> Namespace:
    """Return an action for each kind, and some whose input is not a parameter."""

    def of_kind(kind: Any) -> Any:
        async def take(value: Any, more: int = 1) -> None: ...

        take.__annotations__ = {"value": kind, "more": int, "return": None}
        return action(take)

    def of_input(kind: Any) -> Any:
        async def take(input: Any) -> None: ...

        take.__annotations__ = {"input": kind, "return": None}
        return define_action(input=kind, handler=take)

    @action(accept="form")
    async def send(name: str, lines: list[Line], paper: UploadedFile, box: Box) -> None: ...

    @action(guard=TOKEN)
    async def by_token(word: str) -> str:
        return word

    @action(guard=KEY)
    async def by_key() -> None: ...

    @action(guard=COOKIE | TOKEN)
    async def by_cookie() -> None: ...

    @action
    async def by_three() -> None: ...

    three = Namespace(twice=Namespace(by_three=by_three).with_options(guard=COOKIE)).with_options(guard=KEY)
    guarded = Namespace(by_token=by_token, by_key=by_key, by_cookie=by_cookie, three=three.with_options(guard=TOKEN))
    members = {f"take_{number}": of_kind(kind) for number, kind in enumerate(KINDS)}
    whole = {"order": of_input(Order), "lines": of_input(list[Line])}
    return Namespace(send=send, whole=Namespace(**whole), guarded=guarded, **members)


server = actions()


def test_a_type_checker_takes_each_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates, models, enums and files are written as Python callers write them, with what they import."""
    monkeypatch.chdir(tmp_path)
    assert run(["generate", f"{__name__}:server", "--package", "shop_client", "--quiet"]) == 0
    Path("pyproject.toml").write_text('[tool.sanic-actions]\npackage = "shop_client"\n')
    app: Sanic[Any, Any] = Sanic("typed_call")
    app.blueprint(ActionsBlueprint(server))
    with running(app, debug=True) as url:
        page = httpx2.get(f"{url}/_actions/").text
    blocks = [unescape(block) for block in re.findall(r"<code>([^<]*)", page)]
    calls = [block for block in blocks if "import actions\n" in block]
    for number, call in enumerate(calls):
        Path(f"call_{number}.py").write_text(f"{call}\n")

    files = [f"call_{number}.py" for number in range(len(calls))]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *files], capture_output=True, text=True, timeout=200, check=False
    )

    assert len(calls) == len(KINDS) + 7
    assert checked.returncode == 0, checked.stdout + "".join(calls)


def test_pasted_calls_bring_the_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for an action with a guard of the library says where the credential stands, in Python and for curl."""
    monkeypatch.chdir(tmp_path)
    assert run(["generate", f"{__name__}:server", "--package", "guarded_client", "--quiet"]) == 0
    Path("pyproject.toml").write_text('[tool.sanic-actions]\npackage = "guarded_client"\n')
    app: Sanic[Any, Any] = Sanic("pasted")
    app.config.AUTO_EXTEND = False
    app.blueprint(ActionsBlueprint(server))
    with running(app, debug=True) as url:
        page = httpx2.get(f"{url}/_actions/").text
        blocks = [unescape(block) for block in re.findall(r"<code>([^<]*)", page)]
        lines = [block for block in blocks if "guarded." in block and ("curl" in block or "import actions" in block)]
        before, after = [], []
        for line in lines:
            before.append(pasted(line, url))
            after.append(pasted(PLACES.sub("a-secret", line), url))

    assert len(lines) == 8
    assert all("UNAUTHORIZED" in output for output in before)
    assert not any("UNAUTHORIZED" in output or "Traceback" in output for output in after), after


def pasted(line: str, url: str) -> str:
    """Return what a line writes in a program or a shell."""
    command = [sys.executable, "-c", line]
    if line.startswith("curl"):
        command = [*shlex.split(line), "-sS"]
    environment = {**os.environ, "GUARDED_CLIENT_URL": url, "ACTIONS_URL": url}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    return done.stdout + done.stderr
