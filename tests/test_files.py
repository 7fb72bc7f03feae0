"""Uploaded files: names that are safe, limits in the type, reading and saving."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sanic_actions import Accept, InputError, MaxBytes, UploadedFile
from sanic_actions._files import FILES, MAX_NAME, safe_name
from sanic_actions._wire import Codec

PNG = b"\x89PNG\r\n\x1a\n rest"


def upload(content: bytes, content_type: str = "text/plain") -> UploadedFile:
    return UploadedFile(BytesIO(content), name="a", content_type=content_type, size=len(content))


def accepted(annotation: Any, file: UploadedFile) -> str:
    """The type of the complaint about a file, or 'accepted'."""
    try:
        Codec(annotation).decode(b"0", {FILES: [file]})
    except InputError as error:
        return error.issues[0].type
    return "accepted"


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("", ""),
        ("photo.png", "photo.png"),
        ("Zürich (1).pdf", "Zürich (1).pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("C:a.txt", "C_a.txt"),
        ("..", "file"),
        ("a/", "file"),
        (".bashrc", "bashrc"),
        ("a\x00b\n.txt", "ab.txt"),
        ("cod\u202egnp.exe", "codgnp.exe"),
        ("NUL", "_NUL"),
        ("con.txt", "_con.txt"),
        ("a.txt. ", "a.txt"),
        ('a<b>"|?*.txt', "a_b_____.txt"),
        ("x" * 10_000 + ".png", "x" * 196 + ".png"),
    ],
)
def test_only_safe_names_are_offered(given_name: str, name: str) -> None:
    """A name has no path, hides nothing and is one that every system takes."""
    assert safe_name(given_name) == name


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_safe_names_stay_what_they_are(given_name: str) -> None:
    """Any name becomes a short one without separators that is safe as it is."""
    name = safe_name(given_name)

    assert name
    assert safe_name(name) == name
    assert len(name.encode()) <= MAX_NAME
    assert not {"/", "\\", "\0"} & set(name)


@pytest.mark.parametrize(
    ("content", "content_type", "outcome"),
    [
        (PNG, "image/png", "accepted"),
        (PNG, "image/jpeg", "file_type"),
        (b"<html>", "image/png", "file_content"),
        (b"", "image/png", "file_content"),
        (b"x,y", "text/csv", "accepted"),
        (PNG, "text/html", "file_type"),
    ],
)
def test_accepted_types_are_declared_and_not_denied(content: bytes, content_type: str, outcome: str) -> None:
    """A file must declare an accepted type, and begin as files of that type do."""
    annotation = Annotated[UploadedFile, Accept("image/png", "text/csv")]

    assert accepted(annotation, upload(content, content_type)) == outcome


@pytest.mark.parametrize(
    ("accept", "name", "content_type", "outcome"),
    [
        (".tar.gz", "logs.tar.gz", "application/x-gzip", "accepted"),
        (".tar.gz", "logs.gz", "application/x-gzip", "file_type"),
        (".CSV", "a.csv", "application/vnd.ms-excel", "accepted"),
        (".csv", "A.CSV", "application/vnd.ms-excel", "accepted"),
        ("Text/CSV", "a", "text/csv", "accepted"),
        ("text/csv", "a", "TEXT/CSV; charset=utf-8", "accepted"),
        ("text/*", "a", "TEXT/CSV", "accepted"),
    ],
)
def test_types_are_written_as_html_writes_them(accept: str, name: str, content_type: str, outcome: str) -> None:
    """An extension may have several dots, and no case counts, neither of extensions nor of media types."""
    file = UploadedFile(BytesIO(b"a"), name=name, content_type=content_type, size=1)

    assert accepted(Annotated[UploadedFile, Accept(accept)], file) == outcome


@pytest.mark.parametrize("content_type", ["image/PNG", "IMAGE/png", "image/png; a=b"])
def test_content_is_checked_however_its_type_is_written(content_type: str) -> None:
    """What does not begin as a file of its type is refused, whatever case the type is written in."""
    assert accepted(Annotated[UploadedFile, Accept("image/*")], upload(b"<html>", content_type)) == "file_content"


def test_a_file_that_is_not_what_its_type_says_is_told_which_type() -> None:
    """The message names the declared type, which is one of those that the library knows the beginning of."""
    with pytest.raises(ValidationError, match="this one is not what its type says, image/png"):
        TypeAdapter(Annotated[UploadedFile, Accept("image/*")]).validate_python(upload(b"png", "image/png"))


def test_limits_in_the_type_hold() -> None:
    """MaxBytes and wildcards of Accept are checked where the type is used."""
    assert accepted(Annotated[UploadedFile, MaxBytes(3)], upload(b"abc")) == "accepted"
    assert accepted(Annotated[UploadedFile, MaxBytes(2)], upload(b"abc")) == "file_too_large"
    assert accepted(Annotated[UploadedFile, Accept("text/*")], upload(b"abc")) == "accepted"
    assert accepted(Annotated[UploadedFile | None, MaxBytes(2)], upload(b"abc")) == "file_too_large"
    assert (MaxBytes("1KB").limit, MaxBytes("2 MiB").limit) == (1000, 2 * 2**20)
    for wrong in ("", "1XB", "-1"):
        with pytest.raises(ValueError, match="not a size"):
            MaxBytes(wrong)
    with pytest.raises(ValueError, match="not a media type"):
        Accept("png")


def test_limits_of_a_file_that_may_be_left_out() -> None:
    """MaxBytes and Accept around ``UploadedFile | None`` let None pass."""
    annotation = Annotated[UploadedFile | None, MaxBytes(2), Accept("text/*")]

    assert TypeAdapter[UploadedFile | None](annotation).validate_python(None) is None


def test_files_are_read_and_saved(tmp_path: Path) -> None:
    """A file is read in pieces or whole, and saved whole wherever reading stands."""
    file = upload(b"abcdef")

    async def use() -> list[bytes]:
        pieces = [await file.read(2), await file.read()]
        await file.save(tmp_path / "saved")
        return pieces

    assert asyncio.run(use()) == [b"ab", b"cdef"]
    assert (tmp_path / "saved").read_bytes() == b"abcdef"


def test_json_carries_no_file() -> None:
    """A file can only come with a form; a number in JSON is none."""
    with pytest.raises(InputError) as caught:
        Codec(UploadedFile).decode(b"0")

    assert [issue.type for issue in caught.value.issues] == ["file_expected"]
