"""Bodies that are too deep, too many, too large, cut, compressed or in another encoding than they say."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field

import pytest
from attacks.arena import TIMES_SLOWER, Arena, post
from attacks.site import MIB, ran

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=frontier"


def part(name: str, text: bytes, *headers: bytes) -> bytes:
    lines = b"\r\n".join([b'content-disposition: form-data; name="%b"' % name.encode(), *headers])
    return b"--frontier\r\n%b\r\n\r\n%b\r\n" % (lines, text)


def file_part(name: str, filename: str, content: bytes) -> bytes:
    head = f'content-disposition: form-data; name="{name}"; filename="{filename}"\r\ncontent-type: text/plain'
    return b"--frontier\r\n%b\r\n\r\n%b\r\n" % (head.encode(), content)


END = b"--frontier--\r\n"

TEXT = json.dumps({"text": "a" * (MIB - 100)}).encode()
ITEMS = json.dumps({"items": [{"title": "a"}] * 50_000}).encode()[: 2 * MIB]
LARGE_JSON = post("text", TEXT)
LARGE_LIST = post("items", ITEMS)
SMALL = post("text", b'{"text": "a"}')
LARGE_FORM = post("text", b"text=" + b"a" * (MIB - 100), FORM)
UPLOAD = post("upload", file_part("files", "a.txt", b"a" * 4 * MIB) + END, MULTIPART)
MANY_FIELDS = post("text", b"&".join([b"x=1"] * 1000), FORM)


@dataclass
class Case:
    """One attack: what is sent, what it is compared with, and what answers it."""

    data: bytes
    like: bytes
    status: int = 400
    headers: list[str] = field(default_factory=list)


CASES = {
    "JSON 100,000 lists deep": Case(post("tree", b"[" * 100_000 + b"]" * 100_000), LARGE_JSON),
    "JSON 100,000 objects deep": Case(post("tree", b'{"a":' * 100_000 + b"1" + b"}" * 100_000), LARGE_JSON),
    "deep JSON that never ends": Case(post("tree", b'[{"a":' * 100_000), LARGE_JSON),
    "a list of bad items": Case(post("items", b'{"items": [' + b"0," * 400_000 + b"0]}"), LARGE_LIST),
    "a list of bad texts": Case(post("items", b'{"items": [' + b'"hunter2",' * 90_000 + b"0]}"), LARGE_LIST),
    "a list of empty objects": Case(post("items", b'{"items": [' + b"{}," * 300_000 + b"0]}"), LARGE_LIST),
    "100,000 unknown keys": Case(post("strict", json.dumps({f"k{i}": 1 for i in range(80_000)}).encode()), LARGE_LIST),
    "an integer of 900,000 digits": Case(post("number", b'{"integer": ' + b"9" * 900_000 + b"}"), LARGE_JSON),
    "an integer of 900,000 digits as a text": Case(
        post("number", b'{"integer": "' + b"9" * 900_000 + b'"}'), LARGE_JSON
    ),
    "an integer of 900,000 digits in any JSON": Case(post("tree", b"9" * 900_000), LARGE_JSON),
    "an integer of 4,000,000 digits": Case(post("number", b'{"integer": ' + b"9" * 4_000_000 + b"}"), LARGE_JSON, 413),
    "a number beyond all floats": Case(post("number", b'{"real": 1e999}'), SMALL),
    "an exponent of 900,000 digits": Case(post("number", b'{"real": 1e' + b"9" * 900_000 + b"}"), LARGE_JSON),
    "NaN": Case(post("number", b'{"real": NaN}'), SMALL),
    "Infinity": Case(post("number", b'{"real": -Infinity}'), SMALL),
    "NaN as a text": Case(post("number", b'{"real": "NaN"}'), SMALL),
    "half a surrogate pair": Case(post("text", b'{"text": "\\ud800"}'), SMALL),
    "half a surrogate pair in UTF-8": Case(post("text", b'{"text": "\xed\xa0\x80"}'), SMALL),
    "byte order mark": Case(post("text", b'\xef\xbb\xbf{"text": "a"}'), SMALL),
    "UTF-16": Case(post("text", '{"text": "a"}'.encode("utf-16")), SMALL),
    "UTF-16 that is announced": Case(
        post("text", '{"text": "a"}'.encode("utf-16"), "application/json; charset=utf-16"), SMALL, 415
    ),
    "overlong UTF-8": Case(post("text", b'{"text": "\xc0\xaf"}'), SMALL),
    "NUL between tokens": Case(post("text", b'{"text":\x00 "a"}'), SMALL),
    "two values": Case(post("text", b'{"text": "a"}{"text": "b"}'), SMALL),
    "a gzip bomb": Case(
        post("text", gzip.compress(b" " * 50 * MIB), "application/json", "content-encoding: gzip"), SMALL
    ),
    "a deflate bomb": Case(
        post("text", zlib.compress(b" " * 50 * MIB), "application/json", "content-encoding: deflate"), SMALL
    ),
    "two encodings": Case(post("text", b"{}", "application/json", "content-encoding: identity, gzip"), SMALL),
    "gzip that does not say so": Case(post("text", gzip.compress(b"{}")), SMALL),
    "a pattern that explodes": Case(
        post("matched", json.dumps({"text": "a" * 100_000 + "!"}).encode()),
        post("matched", json.dumps({"text": "a" * 100_000}).encode()),
    ),
    "1,000,000 fields": Case(post("text", b"&".join([b"x=1"] * 1_000_000), FORM), LARGE_FORM, 413),
    "500,000 empty fields": Case(post("text", b"&" * 500_000, FORM), LARGE_FORM, 413),
    "1,001 fields": Case(post("text", b"&".join([b"x=1"] * 1_001), FORM), MANY_FIELDS, 413),
    "a name of 500 KB": Case(post("text", b"a" * 500_000 + b"=1", FORM), LARGE_FORM, 413),
    "a name of 2,000 steps": Case(post("items", b"items" + b".0" * 2_000 + b"=1", FORM), SMALL),
    "brackets that never close": Case(post("strict", b"name" + b"[" * 4_000 + b"=1", FORM), SMALL),
    "percent signs that are no bytes": Case(post("text", b"text=%ff%fe", FORM), SMALL),
    "a form in UTF-16": Case(post("text", "text=a".encode("utf-16"), FORM), SMALL),
    "a form in another charset": Case(post("text", b"text=a", f"{FORM}; charset=utf-7"), SMALL),
    "100,000 parts": Case(post("upload", part("note", b"1") * 100_000 + END, MULTIPART), UPLOAD, 413),
    "50,000 files": Case(post("upload", file_part("files", "a", b"") * 50_000 + END, MULTIPART), UPLOAD, 413),
    "a part header of 1 MiB": Case(
        post("upload", part("note", b"1", b"x: " + b"a" * MIB) + END, MULTIPART), UPLOAD, 413
    ),
    "100,000 headers of one part": Case(
        post("upload", part("note", b"1", *[b"x: 1"] * 100_000) + END, MULTIPART), UPLOAD, 413
    ),
    "a part header that never ends": Case(post("upload", b"--frontier\r\n" + b"a" * 4 * MIB, MULTIPART), UPLOAD, 413),
    "line breaks without end": Case(post("upload", b"--frontier\r\n" + b"\r\n" * MIB, MULTIPART), UPLOAD),
    "2 MB of text": Case(post("upload", part("note", b"a" * 2 * MIB) + END, MULTIPART), UPLOAD, 413),
    "4 MB of almost-boundaries": Case(
        post("upload", part("note", b"\r\n--frontie" * (MIB // 3)) + END, MULTIPART), UPLOAD, 413
    ),
    "almost-boundaries of one letter": Case(
        post("upload", b"--a\r\n" + b"\r\n-" * MIB, "multipart/form-data; boundary=a"), UPLOAD
    ),
    "8 MB of dashes": Case(post("upload", b"-" * (8 * MIB - 1), MULTIPART), UPLOAD),
    "boundary of 10 KB": Case(post("upload", b"--a", f"multipart/form-data; boundary={'a' * 5_000}"), SMALL),
    "empty boundary": Case(post("upload", b"----", "multipart/form-data; boundary="), SMALL),
    "no boundary": Case(post("upload", b"----", "multipart/form-data"), SMALL),
    "missing end": Case(post("upload", part("note", b"1"), MULTIPART), SMALL),
    "an end that is cut": Case(post("upload", part("note", b"1") + END[:-4], MULTIPART), SMALL),
    "no part at all": Case(post("upload", b"", MULTIPART), SMALL),
    "a part in UTF-16": Case(
        post(
            "upload", part("note", "a".encode("utf-16"), b"content-type: text/plain; charset=utf-16") + END, MULTIPART
        ),
        SMALL,
    ),
    "a part in UTF-7": Case(
        post("upload", part("note", b"+AGE-", b"content-type: text/plain; charset=utf-7") + END, MULTIPART), SMALL
    ),
    "a part in base64": Case(
        post("upload", part("note", b"YQ==", b"content-transfer-encoding: base64") + END, MULTIPART), SMALL
    ),
    "9 MB": Case(post("upload", file_part("files", "a", b"a" * 9 * MIB) + END, MULTIPART), UPLOAD, 413),
}


@pytest.mark.parametrize("case", CASES)
def test_hostile_body(arena: Arena, case: str) -> None:
    """A hostile body is refused with a clear answer, at the cost of an ordinary one, and nothing runs."""
    attack = CASES[case]

    answer = arena.attack(attack.data, like=attack.like)

    assert answer.status == attack.status, answer
    assert len(answer.body) < 40_000
    assert b"hunter2" not in answer.body


FRAMES = {
    "a negative length": b"content-length: -1\r\n\r\n",
    "a length in words": b"content-length: many\r\n\r\n",
    "a length with a sign": b"content-length: +2\r\n\r\n{}",
    "a length in other digits": "content-length: ٢\r\n\r\n{}".encode(),
    "a length with an underscore": b"content-length: 0_2\r\n\r\n{}",
    "a length beyond all numbers": b"content-length: " + b"9" * 100 + b"\r\n\r\n{}",
    "two lengths": b"content-length: 2\r\ncontent-length: 30\r\n\r\n{}",
    "two lengths in one": b"content-length: 2, 30\r\n\r\n{}",
    "length and chunks": b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "chunks within gzip": b"transfer-encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a chunk of a negative size": b"transfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a chunk size in words": b"transfer-encoding: chunked\r\n\r\nxx\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("frame", FRAMES)
def test_hostile_framing(arena: Arena, frame: str) -> None:
    """Framing that two servers could read differently is refused, by the host or by us, and nothing runs."""
    head = b"POST /_actions/text HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"

    if (arena.server, frame) == ("granian", "length and chunks"):
        # It hears the chunks alone and hangs up, as RFC 9112, 6.3 allows, and hands on no length to compare them with.
        assert "connection: close" in arena.send(head + FRAMES[frame]).head
        return

    arena.attack(head + FRAMES[frame], like=SMALL, ours=False)


def test_chunk_without_end(arena: Arena) -> None:
    """A chunk that says it has more bytes than there are in the world ends with the time that a body has."""
    head = b"POST /_actions/text HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    chunk = b"transfer-encoding: chunked\r\n\r\n" + b"f" * 100 + b"\r\n{}\r\n0\r\n\r\n"

    answer = arena.send(head + chunk)

    assert answer.status in (400, 408)
    assert ran == []


def test_duplicate_keys(arena: Arena) -> None:
    """Of a key that is given twice the last one counts, and it is the one that is validated."""
    answer = arena.send(post("scalar", b'{"a": 1, "a": 2}'))
    refused = arena.send(post("scalar", b'{"a": 1, "a": "x"}'))

    assert (answer.status, answer.body) == (200, b"2")
    assert refused.status == 400
    assert ran == ["scalar"]


PARTS = {
    "JSON in parts of one byte": ("application/json", b"1\r\nx\r\n" * MIB + b"0\r\n\r\n"),
    "a form in parts of one byte": (FORM, b"1\r\nx\r\n" * MIB + b"0\r\n\r\n"),
    "a multipart body in parts of one byte": (MULTIPART, b"1\r\n-\r\n" * MIB + b"0\r\n\r\n"),
    "parts of two bytes that never end": (FORM, b"2\r\nxy\r\n" * MIB),
}


@pytest.mark.parametrize("path", ["/_actions/", "/page?_action="])
@pytest.mark.parametrize("case", PARTS)
def test_many_small_parts(arena: Arena, case: str, path: str) -> None:
    """A body in a million parts costs no more than a few of its size in one, and others are served meanwhile."""
    if "sanic" not in arena.server:
        pytest.skip("the server puts the parts together before the app sees them")
    content_type, body = PARTS[case]
    head = f"POST {path}text HTTP/1.1\r\nhost: x\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"

    # In debug mode the event loop itself takes several times as long for each part.
    times = 4 * TIMES_SLOWER if "debug" in arena.server else TIMES_SLOWER
    answer = arena.attack(head.encode() + body, like=LARGE_JSON, ours=False, times=times)

    assert answer.status in (None, 400, 408, 413, 415), answer
