"""What docs/guides/forms.md says is true: its files run, its commands print what they are shown to print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Literal

import httpx2
import pytest
from conftest import wait_for
from pages import DOCS, commands, named, on_free_ports
from pydantic import BaseModel, Field

from sanic_actions import action
from sanic_actions.server import form_fields

pytest.importorskip("sanic_ext", reason="sanic-ext is not installed: pip install sanic-ext")
pytest.importorskip("jinja2", reason="The example's dependencies are not installed: pip install jinja2")

FORMS = on_free_ports((DOCS / "guides" / "forms.md").read_text())
TRANSLATION = DOCS / "guides" / "translation.md"
(SERVE, _), *COMMANDS = commands(FORMS)
URL = f"http://127.0.0.1:{SERVE.rpartition(' ')[2]}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files, and their server running with the page of the template."""
    folder = tmp_path_factory.mktemp("forms")
    for name, text in {**named(FORMS), **named(TRANSLATION)}.items():
        (folder / name).write_text(text)
    (folder / "all_pages.py").write_text(
        "import editing\nimport orders_in_python\nimport with_jinja\nfrom with_sanic_ext import app\n"
    )
    serve = shlex.split(SERVE.replace("guestbook:app", "all_pages:app"))
    server = subprocess.Popen([sys.executable, "-m", *serve, "--single-process"], cwd=folder, stderr=subprocess.DEVNULL)
    try:
        wait_for(server, URL)
        yield folder
    finally:
        server.terminate()
        server.wait(60)


def test_commands_print_what_is_shown(folder: Path) -> None:
    """Every command of the page prints what stands below it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, shown in COMMANDS:
        done = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env={**os.environ, "PATH": path},
            check=True,
            capture_output=True,
            text=True,
        )

        assert done.stdout == shown.rstrip("\n")


@pytest.mark.parametrize("page", ["/", "/jinja", "/ext"])
def test_pages_behave_as_described(folder: Path, page: str) -> None:
    """The page that is written with html5tagger and the one of the template keep what was entered, and say thanks."""
    with httpx2.Client(base_url=URL) as client:
        failed = client.post(f"{page}?_action=sign", data={"name": "A", "stars": "4"})
        led = client.post(f"{page}?_action=sign", data={"name": "Ada", "stars": "4"})
        shown, later = client.get("/"), client.get("/")

    assert failed.status_code == 400
    assert "aria-invalid" in failed.text
    assert re.search(r'value="?A\b', failed.text)
    assert (led.status_code, led.headers["location"]) == (303, "?")
    assert ("Thank you" in shown.text) == (page == "/")
    assert "Thank you" not in later.text
    assert "Ada: ****" in later.text


@pytest.mark.parametrize("page", ["/orders", "/orders-in-python"])
def test_rows_in_a_table(folder: Path, page: str) -> None:
    """Rows of one's own markup are added without running anything, a blank one is not sent, errors stand at theirs."""
    blank = {"lines.1.tea": "", "lines.1.bags": "1", "_action.absent": "lines.1", "_action.initial": "lines.1.bags=1"}
    first = {"lines.0.tea": "assam", "lines.0.bags": "2"}
    with httpx2.Client(base_url=URL) as client:
        more = client.post(f"{page}?_action=order", data={**first, **blank, "_action.add": "lines"})
        wrong = client.post(f"{page}?_action=order", data={**first, "lines.0.tea": "coffee", **blank})
        done = client.post(f"{page}?_action=order", data={**first, **blank})
        shown = client.get("/orders")

    assert (more.status_code, more.text.count("<tr>")) == (200, 3)
    assert wrong.status_code == 400
    assert re.search(
        r'<td>\s*<input[^>]*lines\.0\.tea"[^>]*aria-invalid[^>]*>\s*<ul[^>]*>\s*<li>We do not sell coffee', wrong.text
    )
    assert done.status_code == 303
    assert ("2 bags are on their way" in shown.text) == (page == "/orders")


def test_form_that_edits(folder: Path) -> None:
    """A form shows the record at first, what was typed after a failure, and the saved record after a success."""
    changed = {"number": "1", "name": "Darjeeling", "_action.empty": "origins", "note": "", "_action.null": "note"}
    with httpx2.Client(base_url=URL) as client:
        first = client.get("/teas/1")
        wrong = client.post("/teas/1?_action=edit_tea", data={**changed, "name": "D"})
        gone = client.post("/teas/1?_action=edit_tea", data={**changed, "number": "9"})
        saved = client.post("/teas/1?_action=edit_tea", data=changed)
        shown = client.get("/teas/1")

    assert re.findall(r'name="?(?:name|note|origins\.0)\b[^>]*value="?(\w+)', first.text) == [
        "Assam",
        "India",
        "strong",
    ]
    assert (wrong.status_code, gone.status_code, saved.status_code) == (400, 404, 303)
    assert re.search(r'name=name[^>]*value="?D\b', wrong.text)
    for text in ("India", "strong"):
        assert text not in wrong.text
        assert text not in shown.text
    assert "This tea is gone." in gone.text
    assert "Saved." in shown.text
    assert re.search(r'name=name[^>]*value="?Darjeeling\b', shown.text)


def test_languages_are_those_of_the_request(folder: Path) -> None:
    """The form of one app is in German for who asks for German, and in English for the next visitor."""
    port = on_free_ports("8125")
    command = [sys.executable, "-m", "sanic", "languages:app", "--port", port, "--single-process"]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        wait_for(server, url)
        german = httpx2.post(f"{url}/?_action=greet", data={"name": ""}, headers={"accept-language": "de-AT"})
        english = httpx2.post(f"{url}/?_action=greet", data={"name": ""})
    finally:
        server.terminate()
        server.wait(60)

    for word in ("Ihr Name", "Bitte ausfüllen", "Abschicken"):
        assert word in german.text
        assert word not in english.text
    for word in ("Your name", "Enter your name", "Send"):
        assert word in english.text
        assert word not in german.text


class Box(BaseModel):
    """A kind with a name for visitors, as the guide writes it."""

    kind: Annotated[
        Literal["box"], Field(title="Packing", json_schema_extra={"form": {"options": {"box": "A box"}}})
    ] = "box"


class Cup(BaseModel):
    """A kind without one."""

    kind: Literal["cup"] = "cup"


@dataclass
class Price:
    """A record with a mapping."""

    prices: dict[str, int]


@action(accept="form")
async def pack(packing: Box | Cup, prices: dict[str, int] | None = None) -> None:
    """Take a union and a mapping."""


def test_kinds_and_mappings() -> None:
    """A kind has the name of its option; a mapping has controls for the keys of ``values``, and none without."""
    fields = form_fields(pack)

    assert re.search(r'<option value="?box"?[^>]*>A box</option>', str(fields["packing"]))
    assert ">Packing</label>" in str(fields["packing"])
    assert "<input" not in str(fields["prices"])
    assert re.search(r'name="prices.tea"[^>]*value="?3', str(form_fields(pack, values=Price({"tea": 3}))["prices"]))


def test_objects_of_other_kinds_give_their_attributes() -> None:
    """An object that is neither a model nor a dataclass nor a mapping fills in the fields of its attributes."""
    assert "Ada" in str(form_fields(pack, values=SimpleNamespace(prices={"Ada": 1}, weight=2))["prices"])
