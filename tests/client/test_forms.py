"""Form actions from Python: keyword arguments go out as controls, files as parts."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

import multipart  # type: ignore[import-untyped]  # it has no stubs
import pytest
from sanic import Request, Sanic
from sanic.response import HTTPResponse, raw

Ask = Callable[..., Any]
Serve = Callable[[Sanic[Any, Any]], str]
Part = tuple[str, str | None, str | None, bytes]


@pytest.fixture
def form_app(serve: Serve) -> tuple[str, list[Any]]:
    """The base URL of an app that answers every call with its content type, and the list of the forms it gets."""
    app: Sanic[Any, Any] = Sanic("forms")
    seen: list[Any] = []

    @app.post("/_actions/<name>")
    async def handle(request: Request[Any, Any], name: str) -> HTTPResponse:
        media_type = request.headers["content-type"].partition(";")[0]
        if media_type == "multipart/form-data":
            seen.append(parts(request))
        elif media_type == "application/json":
            seen.append(json.loads(request.body))
        else:
            seen.append(parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))
        answer = [media_type, request.headers.get("content-length", "")]
        return raw(json.dumps(answer if name == "blog.upload" else media_type), content_type="application/json")

    return serve(app), seen


def parts(request: Request[Any, Any]) -> list[Part]:
    boundary = multipart.parse_options_header(request.headers["content-type"])[1]["boundary"]
    parser = multipart.MultipartParser(io.BytesIO(request.body), boundary, strict=True)
    found = list(parser)
    try:
        return [(p.name, p.filename, p.content_type if p.filename else None, p.raw) for p in found]
    finally:
        for part in found:
            part.close()


def test_urlencoded(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """A form without files is urlencoded, with one control for each value."""
    url, seen = form_app

    media_type = ask(
        url, lambda c: c.blog.comment(author="Ada & Ölaf", body="", topics=["a", "b"], address={"city": "Rom"})
    )

    assert media_type == "application/x-www-form-urlencoded"
    assert seen == [
        [
            ("author", "Ada & Ölaf"),
            ("_action.text", "body"),
            ("body", ""),
            ("topics.0", "a"),
            ("topics.1", "b"),
            ("address.city", "Rom"),
        ]
    ]


def test_files(ask: Ask, form_app: tuple[str, list[Any]], tmp_path: Path) -> None:
    """With files it is multipart: each is a path, bytes, an open file, or a tuple that names it."""
    url, seen = form_app
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n--")
    with picture.open("rb") as opened:
        opened.seek(1)

        media_type, length = ask(
            url,
            lambda c: c.blog.upload(
                title="Katze\r\n",
                photo=picture,
                more=[b"raw", opened, ('a"b\r\n.txt', b"named"), ("x", picture, "text/x-y")],
            ),
        )

        assert not opened.closed
    assert media_type == "multipart/form-data"
    assert int(length) > 100
    assert seen == [
        [
            ("title", None, None, b"Katze\r\n"),
            ("photo", "cat.png", "image/png", b"\x89PNG\r\n--"),
            ("more", "upload", "application/octet-stream", b"raw"),
            ("more", "cat.png", "image/png", b"PNG\r\n--"),
            ("more", 'a"b\r\n.txt', "text/plain", b"named"),
            ("more", "x", "text/x-y", b"\x89PNG\r\n--"),
        ]
    ]


def test_file_of_unknown_length(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """A stream that cannot be measured is sent as it comes."""
    url, seen = form_app

    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

    ask(url, lambda c: c.blog.upload(title="t", photo=Stream(b"abc" * 100_000)))

    assert [part[3] for part in seen[0]] == [b"t", b"abc" * 100_000]


def test_large_file(ask: Ask, form_app: tuple[str, list[Any]], tmp_path: Path) -> None:
    """A large file arrives whole."""
    url, seen = form_app
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * 20_000)

    ask(url, lambda c: c.blog.upload(title="t", photo=large))

    assert seen[0][1][3] == large.read_bytes()


def test_no_file(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """No file for an optional parameter, and no files for a list, are said with a control."""
    url, seen = form_app

    ask(url, lambda c: c.blog.upload(title="t", photo=b"x", more=[], cover=None))

    assert [part[0] for part in seen[0]] == ["title", "_action.empty", "_action.null", "photo"]


def test_json_unless_there_are_files(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """An action that takes both gets JSON, and a form when there is a file."""
    url, seen = form_app

    assert ask(url, lambda c: c.blog.note(text="t")) == "application/json"
    assert ask(url, lambda c: c.blog.note(text="t", attachment=None)) == "application/json"
    assert ask(url, lambda c: c.blog.note(text="t", attachment=b"x")) == "multipart/form-data"

    assert seen[:2] == [{"text": "t"}, {"text": "t", "attachment": None}]


def closed_file() -> BinaryIO:
    with Path(__file__).open("rb") as file:
        return file


class Failing:
    """What another library gives to read from, with errors of its own."""

    def read(self, size: int = -1) -> bytes:
        raise RuntimeError("the connection broke")


class ReadOnly:
    """The least that can be read from."""

    def __init__(self, content: bytes) -> None:
        self.read = io.BytesIO(content).read


def test_file_that_can_only_be_read(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """An object that has `read` alone is a stream of unknown length."""
    url, seen = form_app

    ask(url, lambda c: c.blog.upload(title="t", photo=ReadOnly(b"abc")))

    assert seen[0][1] == ("photo", "upload", "application/octet-stream", b"abc")


def test_no_file_in_an_empty_tuple(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """An empty tuple in place of a file is refused, and not sent as nothing."""
    url, seen = form_app

    error = ask(url, lambda c: c.blog.upload.safe(title="t", photo=())).error

    assert "not tuple" in error.fields["photo"][0]
    assert seen == []


class Incomparable:
    """An object like an array: its ``==`` has no one truth value, and its name is not known."""

    read = io.BytesIO(b"x").read
    __hash__ = None  # type: ignore[assignment]  # as that of what has an `==` of its own

    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value is ambiguous")

    @property
    def name(self) -> str:
        raise RuntimeError("the name is not known")


def test_file_that_cannot_be_compared(ask: Ask, form_app: tuple[str, list[Any]]) -> None:
    """What code of an argument raises, whatever is asked of it, is a result of ``safe``."""
    url, seen = form_app

    error = ask(url, lambda c: c.blog.upload.safe(title="t", photo=Incomparable())).error

    assert "the name is not known" in error.fields["photo"][0]
    assert seen == []


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (Path("/nowhere/at/all"), "No such file"),
        (Path("/"), "Is a directory"),
        ("cat.png", "pathlib.Path('cat.png')"),
        (io.StringIO("text"), "'rb'"),
        (7, "not int"),
        ((1, 2, 3, 4), "not tuple"),
        ((), "not tuple"),
        ({"a": b"x"}, "not dict"),
        (closed_file(), "closed"),
        (Path("a\0b"), "null"),
        (Failing(), "the connection broke"),
    ],
)
def test_file_that_cannot_be_sent(ask: Ask, form_app: tuple[str, list[Any]], file: object, words: str) -> None:
    """What is no readable file is an InputError on its parameter, before any request."""
    url, seen = form_app

    error = ask(url, lambda c: c.blog.upload.safe(title="t", photo=b"", more=[b"", file])).error

    assert words in error.fields["more.1"][0]
    assert seen == []
