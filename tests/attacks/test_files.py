"""Uploads: only safe names are offered, and nothing stays behind, however the upload ends."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

import httpx2
import pytest
from attacks.arena import Arena, post
from attacks.site import MIB, ran
from attacks.test_bodies import END, MULTIPART, UPLOAD, file_part, part
from descriptors import UNNAMED, open_files, wait_until_closed

NAMES = [
    *("../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\boot.ini", "C:boot.ini", "//host/share/x"),
    *("CON", "nul.txt", "com1", "a.txt.", "a.txt ", ".", "..", "...", "a:stream", "-rf", "~root", "a" * 3_000),
    *("\u202egnp.exe", "a\u200b.txt", "a%00.txt", "%2e%2e%2fpasswd", ".htaccess", "e\u0301.txt", "<b>.txt", "|sh"),
]


@pytest.mark.parametrize("name", NAMES)
def test_only_safe_names_are_offered(arena: Arena, name: str) -> None:
    """Whatever name a file is sent under, the handler sees one that stays in its folder."""
    answer = arena.send(post("upload", file_part("files", name.replace("\\", "\\\\"), b"x") + END, MULTIPART))

    assert answer.status == 200
    (offered,) = httpx2.Response(200, content=answer.body).json()
    assert not set(offered) & set('/\\:\x00<>|"?*\r\n\u202e\u200b')
    assert offered not in ("", ".", "..")
    assert not offered.startswith((".", "-", "~")) or offered[1:2] not in (".", "/")
    assert len(offered.encode()) <= 255
    assert (Path("/uploads") / offered).parent == Path("/uploads")


CUT = file_part("files", "a.bin", b"a" * 3 * MIB)


def test_nothing_stays_behind(arena: Arena) -> None:
    """Spooled files are gone after success, invalid input, a malformed end, a lost connection and a stall."""
    before = len(open_files(UNNAMED))
    where = httpx2.URL(arena.url)

    assert arena.send(UPLOAD).status == 200
    assert arena.send(post("upload", file_part("other", "a", b"a" * MIB) + END, MULTIPART)).status in (200, 400)
    assert arena.send(post("upload", CUT, MULTIPART)).status == 400
    for linger in (0, 1):
        with socket.create_connection((where.host, where.port or 80), timeout=60) as sock:
            sock.sendall(post("upload", CUT + END, MULTIPART)[: 2 * MIB])
            time.sleep(0.1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", linger, 0))
    assert arena.send(post("upload", CUT + END, MULTIPART)[: 2 * MIB], seconds=0.2).status is None

    assert len(wait_until_closed(UNNAMED, but=before)) <= before


def test_nothing_stays_behind_a_page(arena: Arena) -> None:
    """Spooled files are gone when the form of a page is done, with a token and without."""
    before = len(open_files(UNNAMED))

    for token in (b"", part("_action.token", b"%d" % time.monotonic_ns())):
        for name in ("files", "other"):
            form = token + file_part(name, "a", b"a" * 2 * MIB) + END
            assert arena.send(post("page?_action=upload", form, MULTIPART, path="/")).status in (303, 400)

    assert len(wait_until_closed(UNNAMED, but=before)) <= before


@pytest.mark.parametrize("length", [1, 100, 10 * MIB])
def test_lying_lengths(arena: Arena, length: int) -> None:
    """A length that lies about an upload runs no handler."""
    data = UPLOAD.partition(b"\r\n\r\n")[2]
    head = f"POST /_actions/upload HTTP/1.1\r\nhost: x\r\ncontent-type: {MULTIPART}\r\ncontent-length: {length}\r\n\r\n"
    ran.clear()

    answer = arena.send(head.encode() + data)

    assert answer.status in (400, 413)
    assert ran == []


def test_many_files_of_one_upload_share_a_descriptor(arena: Arena) -> None:
    """However many large files a form has, it holds a few descriptors while its handler runs."""
    form = b"".join(file_part("files", f"{i}.bin", b"a" * 30_000) for i in range(90)) + END

    answer = arena.send(post("descriptors", form, MULTIPART))

    assert answer.status == 200, answer
    assert 0 < int(answer.body) < 10
