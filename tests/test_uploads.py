"""Files from Python, end to end: the generated client, a real server, the handler's own view of the file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from sanic import Sanic

from sanic_actions import InputError, MaxBytes, Namespace, UploadedFile, action
from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint


@action(accept="form")
async def keep(picture: UploadedFile) -> str:
    """Keep one file."""
    return f"{picture.name} {picture.content_type} {(await picture.read()).decode()}"


@action(accept="form")
async def keep_some(pictures: list[UploadedFile], note: str = "none", cover: UploadedFile | None = None) -> list[str]:
    """Keep several files."""
    return [note, str(cover and cover.name), *(picture.name for picture in pictures)]


@action(accept=("json", "form"))
async def keep_small(title: str, picture: Annotated[UploadedFile | None, MaxBytes(3)] = None) -> str:
    """Keep a small file, or none."""
    return f"{title} {picture and picture.size}"


@action(accept="form")
async def keep_named(pictures: dict[str, UploadedFile]) -> dict[str, str]:
    """Keep files by keys of the caller's."""
    return {key: (await picture.read()).decode() for key, picture in pictures.items()}


@pytest.fixture
def client(serve: Callable[[Any], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of the package that was generated for the actions above."""
    tree = Namespace(keep=keep, keep_some=keep_some, keep_small=keep_small, keep_named=keep_named)
    app: Sanic[Any, Any] = Sanic("uploads")
    app.blueprint(ActionsBlueprint(tree))
    for path, text in generate(tree, package="upload_actions").items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    with importlib.import_module("upload_actions").Client(serve(app)) as client:
        yield client
    for name in [name for name in sys.modules if name.split(".")[0] == "upload_actions"]:
        del sys.modules[name]


def test_file_alone(client: Any, tmp_path: Path) -> None:
    """A file may be all that a call sends, as bytes, as a path, as an open file or with a name of its own."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")

    assert client.keep(picture=("b.png", b"x", "image/png")) == "b.png image/png x"
    assert client.keep(picture=path) == "a.txt text/plain abc"
    assert client.keep(picture=b"abc") == "upload application/octet-stream abc"
    with path.open("rb") as file:
        assert client.keep(picture=file) == "a.txt text/plain abc"


def test_several_files(client: Any) -> None:
    """A list of files keeps its order; what is left out has its default."""
    assert client.keep_some(pictures=[("1", b"a"), ("2", b"b")]) == ["none", "None", "1", "2"]
    assert client.keep_some(pictures=[("1", b"a")], note="n", cover=("c", b"c")) == ["n", "c", "1"]
    assert client.keep_some(pictures=[]) == ["none", "None"]


def test_files_by_key(client: Any) -> None:
    """A dict of files keeps its keys, whatever characters they have."""
    pictures = {"front": b"f", "b.c d": b"b", "[0]": b"z"}

    assert client.keep_named(pictures=pictures) == {"front": "f", "b.c d": "b", "[0]": "z"}


def test_limit_of_a_type(client: Any) -> None:
    """A limit in the type is an issue on the file's field; without a file the same action takes JSON."""
    assert client.keep_small(title="t") == "t None"
    assert client.keep_small(title="t", picture=b"abc") == "t 3"
    result = client.keep_small.safe(title="t", picture=b"abcd")

    assert isinstance(result.error, InputError)
    assert list(result.error.fields) == ["picture"]
