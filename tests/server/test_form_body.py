"""Bytes of a form to its controls: whole, or refused with a reason."""

from __future__ import annotations

import asyncio
import tempfile
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sanic import Sanic

from sanic_actions import ActionError, MaxBytes, UploadedFile, action
from sanic_actions.server import ActionsBlueprint
from sanic_actions.server._form_body import FormBody, FormLimits, read_form

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=BOUND"
LIMITS = FormLimits()


async def _stream(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def read(body: bytes | Iterable[bytes], content_type: str = MULTIPART, limits: FormLimits = LIMITS) -> FormBody:
    chunks = [body] if isinstance(body, bytes) else body
    return asyncio.run(read_form(_stream(chunks), content_type, limits))


def refused(
    body: bytes | Iterable[bytes], content_type: str = MULTIPART, limits: FormLimits = LIMITS
) -> tuple[str, str]:
    with pytest.raises(ActionError) as caught:
        read(body, content_type, limits)
    return caught.value.code, caught.value.message


def part(headers: str, content: bytes = b"") -> bytes:
    return b"--BOUND\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"


def text(name: str, content: str) -> bytes:
    return part(f'Content-Disposition: form-data; name="{name}"', content.encode())


def file(name: str, filename: str, content: bytes, kind: str = "text/plain") -> bytes:
    return part(
        f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}', content
    )


END = b"--BOUND--\r\n"


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test leaves a temporary file behind; those it makes are in a folder of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    # The folder of the default state store stays, since the store outlives the app.
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("sanic-actions-")] == []


# urlencoded


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", []),
        (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        (b"a=&b", [("a", ""), ("b", "")]),
        (b"&&a=1&", [("a", "1")]),
        (b"a=1=2;c", [("a", "1=2;c")]),
        (b"a+b=c%20d%2B", [("a b", "c d+")]),
        (b"x=%C3%BC&y=\xc3\xbc", [("x", "ü"), ("y", "ü")]),
        (b"a=%zz%", [("a", "%zz%")]),
    ],
)
def test_urlencoded_fields_are_read_in_order(body: bytes, fields: list[tuple[str, str]]) -> None:
    """A urlencoded form is its pairs, blank ones included, as the URL Standard reads them."""
    assert read(body, URLENCODED).fields == fields
    assert read([body[i : i + 1] for i in range(len(body))], f"{URLENCODED}; charset=UTF-8").fields == fields


@pytest.mark.parametrize("body", [b"a=%ff", b"a=\xff", b"%c3=1", b"a=%ed%a0%80"])
def test_urlencoded_forms_are_utf_8(body: bytes) -> None:
    """A form that is not UTF-8 is refused, with the place."""
    code, message = refused(body, URLENCODED)

    assert code == "BAD_REQUEST"
    assert "Field 1 " in message or "at byte 2" in message


def test_urlencoded_forms_are_bounded() -> None:
    """Too many fields, too much text or too long a name are refused before they are taken apart."""
    assert refused(b"a&" * 1000, URLENCODED)[0] == "CONTENT_TOO_LARGE"
    assert refused([b"a" * 65536] * 17, URLENCODED)[0] == "CONTENT_TOO_LARGE"
    assert refused(b"a" * 5000, URLENCODED)[0] == "CONTENT_TOO_LARGE"


# multipart


def test_multipart_fields_and_files_are_read_in_order() -> None:
    """Texts and files come with their names; blank texts stay."""
    form = read(text("a", "1") + text("b", "") + file("f", "x.txt", b"abc") + text("a", "ü") + END)

    assert form.fields == [("a", "1"), ("b", ""), ("a", "ü")]
    (name, found), *rest = form.files
    assert (name, found.name, found.content_type, found.size, found.file.read()) == (
        "f",
        "x.txt",
        "text/plain",
        3,
        b"abc",
    )
    assert not rest
    form.close()


def test_unchosen_files_and_empty_files_differ() -> None:
    """A file control that was left empty sends no file; an empty file with a name is one."""
    form = read(file("a", "", b"") + file("b", "empty.txt", b"") + file("c", "", b"x") + END)

    assert [(name, found.name, found.size) for name, found in form.files] == [("b", "empty.txt", 0), ("c", "", 1)]
    form.close()


@given(st.data())
def test_chunks_make_no_difference(data: st.DataObject) -> None:
    """However the network cuts a body, and whatever follows it, the form is the same."""
    body = text("a", "1\r\n--BOUN") + file("f", "x.txt", b"\r\n--BOUN\r") + text("b", "") + END + b"more"
    cuts = sorted(data.draw(st.sets(st.integers(1, len(body) - 1), max_size=12)))
    chunks = [body[i:j] for i, j in zip([0, *cuts], [*cuts, len(body)], strict=True)]

    form = read(chunks)

    assert form.fields == [("a", "1\r\n--BOUN"), ("b", "")]
    assert form.files[0][1].file.read() == b"\r\n--BOUN\r"
    form.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b"a=1&b=2",
        text("a", "1"),
        text("a", "1") + b"--BOUND",
        text("a", "1") + b"--BOUND-",
        text("a", "1") + b"--BOUNDx\r\n" + END,
        text("a", "1")[:-9],
        b"preamble\r\n" + text("a", "1") + END,
        part("Content-Disposition: attachment; name=a") + END,
        part("Content-Disposition: form-data") + END,
        part("Content-Type: text/plain") + END,
        part('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"') + END,
        part('Content-Disposition: form-data; name="a"\r\n folded') + END,
        part('Content-Disposition: form-data; name="a"\r\nno colon') + END,
        part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64', b"YQ==") + END,
        part('Content-Disposition: form-data; name="a"\r\nContent-Length: 2', b"abc") + END,
        part('Content-Disposition: form-data; name="a"', b"\xff") + END,
        part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=utf-16') + END,
        part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=latin-1') + END,
        part('Content-Disposition: form-data; name="\udcff"'.encode("utf-8", "surrogateescape").decode("latin-1"))
        + END[:4],
    ],
)
def test_malformed_multipart_is_refused(body: bytes) -> None:
    """A body that is malformed, truncated or not UTF-8 is a bad request, never an empty form."""
    code, message = refused(body)

    assert code == "BAD_REQUEST"
    assert message
    assert refused([body[i : i + 1] for i in range(len(body))])[0] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 71,
        "multipart/form-data; boundary=" + "x" * 10_000,
        'multipart/form-data; boundary="a\x00b"',
        'multipart/form-data; boundary="a "',
        "multipart/form-data; boundary=BOUND; charset=utf-16",
        f"{URLENCODED}; charset=latin-1",
        f"{URLENCODED}; charset=utf-7",
        f"{URLENCODED}; charset=nonsense",
    ],
)
def test_unusable_content_types_are_refused(content_type: str) -> None:
    """Without a valid boundary, or in another charset than UTF-8, nothing is read."""
    assert refused(text("a", "1") + END, content_type)[0] == "BAD_REQUEST"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "multipart/mixed; boundary=BOUND"])
def test_other_content_types_are_no_forms(content_type: str) -> None:
    """What is neither of the two encodings is an unsupported media type."""
    assert refused(b"a=1", content_type)[0] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        (text("a", "1") * 3 + END, FormLimits(fields=2)),
        (file("a", "x", b"1") * 3 + END, FormLimits(files=2)),
        (file("a", "", b"") * 100_000 + END, LIMITS),
        (text("a" * 5000, "1") + END, LIMITS),
        (part('Content-Disposition: form-data; name="a"' + "\r\nX-A: b" * 10) + END, LIMITS),
        (text("a", "x" * 2000) + END, FormLimits(text_bytes=1000)),
        (text("a", "x" * 300) * 4 + END, FormLimits(text_bytes=1000)),
        (text("a" * 300, "") * 4 + END, FormLimits(text_bytes=1000)),
    ],
)
def test_multipart_is_bounded(body: bytes, limits: FormLimits) -> None:
    """Fields, files, headers and text each have a limit."""
    assert refused(body, MULTIPART, limits)[0] == "CONTENT_TOO_LARGE"


# Files on disk


def test_large_files_are_on_disk_and_small_ones_in_memory() -> None:
    """A file over its limit is spooled; its bytes are the same, and closing the form closes it."""
    content = bytes(range(256)) * 4096
    form = read([file("a", "a", content), file("b", "b", b"small"), END])
    large, small = (found for _, found in form.files)

    assert large.file.fileno() > 0
    assert large.file.read() == content
    assert large.size == len(content)
    assert small.file.read() == b"small"
    form.close()
    assert large.file.closed
    assert small.file.closed


def test_files_in_memory_are_bounded_together() -> None:
    """Many small files do not fill the memory: beyond a total they go to disk."""
    form = read(file("a", "a", b"x" * 60) * 3 + END, MULTIPART, FormLimits(memory=100))
    kinds = [type(found.file).__name__ for _, found in form.files]

    assert kinds[0] == "BytesIO"
    assert kinds[1] != "BytesIO"
    assert [found.file.read() for _, found in form.files] == [b"x" * 60] * 3
    form.close()


@pytest.mark.parametrize("failure", [ActionError("REQUEST_TIMEOUT"), asyncio.CancelledError(), OSError(), None])
def test_nothing_stays_open_when_reading_fails(failure: BaseException | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal, a cut connection or a cancellation closes and removes what was spooled so far."""
    opened: list[Any] = []
    make = tempfile.TemporaryFile

    def remembering(*args: Any, **options: Any) -> Any:
        opened.append(make(*args, **options))
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", remembering)

    async def cut() -> AsyncIterator[bytes]:
        yield file("a", "a", b"x" * 300_000)
        yield file("b", "b", b"x" * 300_000)[:-20_000]
        if failure is not None:
            raise failure

    with pytest.raises(ActionError if failure is None else type(failure)):
        asyncio.run(read_form(cut(), MULTIPART, LIMITS))

    assert len(opened) == 1
    assert all(made.closed for made in opened)


def test_large_uploads_need_little_memory() -> None:
    """What an upload of any size holds in memory is bounded."""

    def body() -> Iterator[bytes]:
        yield file("a", "a", b"")[:-2]
        for _ in range(500):
            yield b"x" * 65536
        yield b"\r\n" + END

    tracemalloc.start()
    form = read(body())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert form.files[0][1].size == 500 * 65536
    assert peak < 4_000_000
    form.close()


# Over a socket


@action(accept="form")
async def send(title: str, file: UploadedFile | None = None) -> str:
    """Say what came."""
    content = b"" if file is None else await file.read()
    return f"{title} {'none' if file is None else file.name} {len(content)}"


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        (text("title", "a") + file("file", "../x.txt", b"abc") + END, 200, "a x.txt 3"),
        (text("title", "a") + file("file", "x.bin", b"x" * 600_000) + END, 200, "a x.bin 600000"),
        (text("title", "b") + file("file", "", b"") + END, 200, "b none 0"),
        (text("title", "a"), 400, "malformed"),
        (b"title=a&more=text", 400, "boundary"),
        (file("file", "x", b"") + END, 400, "title: This field is required"),
        (text("title", "a") * 1001 + END, 413, "fields"),
    ],
)
def test_forms_over_a_socket(serve: Callable[[Any], str], body: bytes, status: int, answer: str) -> None:
    """A form reaches its handler whole, or the answer says what is wrong with it."""
    app: Sanic[Any, Any] = Sanic("forms")
    app.blueprint(ActionsBlueprint({"send": send}))

    reply = httpx2.post(f"{serve(app)}/_actions/send", content=body, headers={"content-type": MULTIPART})

    assert reply.status_code == status, reply.text
    assert answer in reply.text


@action(accept="form")
async def attach(file: Annotated[UploadedFile, MaxBytes("5MB")], note: str = "") -> int:
    """Take a file of a known size."""
    return file.size


@pytest.mark.parametrize(
    ("name", "size", "status", "answer"),
    [
        ("attach", 2_000_000, 200, "2000000"),
        ("attach", 5_500_000, 400, "file: Must be at most 5 MB"),
        ("attach", 7_000_000, 413, "bytes"),
        ("send", 2_000_000, 413, "bytes"),
    ],
)
def test_room_for_the_files_that_types_allow(
    serve: Callable[[Any], str], name: str, size: int, status: int, answer: str
) -> None:
    """A form has room for the files that its fields allow; a file that is too large for its field is an issue of it."""
    app: Sanic[Any, Any] = Sanic("room")
    app.blueprint(ActionsBlueprint({"send": send, "attach": attach}))
    body = text("title", "a") + file("file", "x.bin", b"x" * size) + END

    reply = httpx2.post(f"{serve(app)}/_actions/{name}", content=body, headers={"content-type": MULTIPART})

    assert reply.status_code == status, reply.text
    assert answer in reply.text
