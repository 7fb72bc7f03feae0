"""Inputs that nobody thought of: no action answers any of them with a failure, whatever its encoding.

The default run is short; ``HYPOTHESIS_PROFILE=full`` or ``nox -s fuzz`` makes it long.
"""

from __future__ import annotations

import json
import logging
import string
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from attacks.site import SERVER, make_site, ran
from conftest import examples, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanic_actions._namespace import entries

NAMES = sorted(entries(SERVER))
bounded = settings(max_examples=examples(150, full=5_000), suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with running(make_site(extend=False)) as url, httpx2.Client(base_url=url, timeout=30) as client:
        yield client


WORDS = ["items", "title", "a", "b", "0", "text", "integer", "real", "account", "name", "password", "files", "note"]
PLACES = ["-1", "1", "99999999999", "__proto__", "__class__", "", "~", "_action.null", "_action.empty", "_action.key"]

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "0", "-1", "1e999", "NaN", "true", "null", "2020-01-01", "\x00", "\ud800", "٣", "a" * 5_000]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(10**400)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | texts, inner, max_size=4),
    max_leaves=12,
)
names = st.lists(st.sampled_from([*WORDS, *PLACES]) | texts, min_size=1, max_size=4).flatmap(
    lambda steps: st.sampled_from([".".join(steps), steps[0] + "".join(f"[{step}]" for step in steps[1:])])
)
pairs = st.lists(st.tuples(names, texts), max_size=12)


def check(answer: httpx2.Response, caplog: pytest.LogCaptureFixture) -> None:
    """It is an output or a refusal of ours, and the log does not speak of a failure."""
    assert answer.status_code in (200, 204, 400, 401, 413, 415, 422), answer.text
    if answer.status_code >= 400:
        assert answer.json()["code"]
        assert answer.headers["content-type"] == "application/problem+json"
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@bounded
@given(name=st.sampled_from(NAMES), value=values)
def test_any_json(client: httpx2.Client, caplog: pytest.LogCaptureFixture, name: str, value: Any) -> None:
    """Any JSON is an input or is refused."""
    body = json.dumps(value).encode()

    check(client.post(f"/_actions/{name}", content=body, headers={"content-type": "application/json"}), caplog)


@bounded
@given(name=st.sampled_from(NAMES), value=values, cut=st.integers(0, 50), noise=st.binary(max_size=5))
def test_any_bytes_as_json(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture, name: str, value: Any, cut: int, noise: bytes
) -> None:
    """JSON that is cut and mixed with other bytes is an input or is refused."""
    body = json.dumps(value).encode()

    answer = client.post(
        f"/_actions/{name}", content=body[:cut] + noise + body[cut:], headers={"content-type": "application/json"}
    )
    check(answer, caplog)


def quoted(text: str) -> str:
    safe = set(string.ascii_letters + string.digits)
    return "".join(c if c in safe else "".join(f"%{b:02x}" for b in c.encode("utf-8", "surrogatepass")) for c in text)


@bounded
@given(name=st.sampled_from(NAMES), fields=pairs)
def test_any_urlencoded_form(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture, name: str, fields: list[tuple[str, str]]
) -> None:
    """Any fields are an input or are refused, by the action and by the page that shows them again."""
    body = "&".join(f"{quoted(key)}={quoted(text)}" for key, text in fields).encode()
    typed = {"content-type": "application/x-www-form-urlencoded"}

    check(client.post(f"/_actions/{name}", content=body, headers=typed), caplog)
    page = client.post(f"/page?_action={name}", content=body, headers=typed)
    assert page.status_code in (200, 303, 400, 401, 413, 415)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@bounded
@given(name=st.sampled_from(NAMES), fields=pairs, files=st.lists(st.booleans(), max_size=12), cut=st.integers(0, 400))
def test_any_multipart_form(
    client: httpx2.Client,
    caplog: pytest.LogCaptureFixture,
    name: str,
    fields: list[tuple[str, str]],
    files: list[bool],
    cut: int,
) -> None:
    """Any parts are an input or are refused, whole and cut."""
    parts = b""
    for number, (key, text) in enumerate(fields):
        shown = key.replace("\\", "\\\\").replace('"', '\\"')
        head = f'content-disposition: form-data; name="{shown}"'
        if number < len(files) and files[number]:
            head += '; filename="a.txt"\r\ncontent-type: text/plain'
        parts += b"--x\r\n%b\r\n\r\n%b\r\n" % (head.encode("utf-8", "replace"), text.encode("utf-8", "replace"))
    body = parts + b"--x--\r\n"
    typed = {"content-type": "multipart/form-data; boundary=x"}

    check(client.post(f"/_actions/{name}", content=body, headers=typed), caplog)
    check(client.post(f"/_actions/{name}", content=body[:cut], headers=typed), caplog)


header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(str.strip)
HEADERS = [
    *("content-type", "content-encoding", "origin", "sec-fetch-site", "accept", "cookie", "idempotency-key"),
    *("x-forwarded-for", "x-forwarded-host", "forwarded", "accept-encoding", "if-none-match", "deadline"),
]


@bounded
@given(name=st.sampled_from(NAMES), headers=st.dictionaries(st.sampled_from(HEADERS), header_values, max_size=4))
def test_any_headers(
    client: httpx2.Client, caplog: pytest.LogCaptureFixture, name: str, headers: dict[str, str]
) -> None:
    """Headers that hold anything are understood or refused."""
    answer = client.post(f"/_actions/{name}", content=b"{}", headers=headers)

    assert answer.status_code < 500 or answer.status_code == 504
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    ran.clear()
