"""How the script is served."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from browser.build_script import SOURCES, built_path, built_scripts, first_line
from sanic import HTTPResponse, Request, Sanic

from sanic_actions.server._script import script_response


@pytest.fixture
def get(serve: Callable[[Any], str]) -> Callable[..., httpx2.Response]:
    """``get(**headers)`` asks for the script, with the headers given and no others."""
    app: Sanic[Any, Any] = Sanic("script")

    @app.route("/<name:str>", methods=["GET", "HEAD"])
    async def script(request: Request[Any, Any], name: str) -> HTTPResponse:
        return script_response(request, name)

    url = serve(app)

    def get(method: str = "GET", name: str = "client.js", /, **headers: str) -> httpx2.Response:
        given = {"accept-encoding": "identity", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return httpx2.request(method, f"{url}/{name}", headers=given)

    return get


def test_script_is_a_module_of_at_most_5_kb_compressed(get: Callable[..., httpx2.Response]) -> None:
    """Compressed, the script takes at most 5 KB on the wire."""
    answer = get(accept_encoding="br, gzip")

    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) <= 5120
    assert answer.text == get().text


def test_modules_that_only_some_pages_need_are_small(get: Callable[..., httpx2.Response]) -> None:
    """What the script asks for where a page needs it takes at most 2 KB on the wire."""
    for name in ("client.forms.js", "client.streams.js"):
        answer = get("GET", name, accept_encoding="gzip")

        assert int(answer.headers["content-length"]) <= 2048


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_script_that_is_served_was_made_of_its_source(get: Callable[..., httpx2.Response], source: Path) -> None:
    """What is served was made of the source as it stands: ``nox -s script`` was run after the last change of it."""
    first, _, body = built_path(source).read_bytes().partition(b"\n")

    assert first == first_line(source)
    assert get("GET", source.name).content == body


def test_script_can_be_made_again(tmp_path: Path) -> None:
    """The minifier makes of the sources the very bytes that are committed."""
    if shutil.which("npm") is None:
        pytest.skip("There is no npm to install the minifier with: apt-get install npm")
    try:
        scripts = dict(built_scripts(tmp_path))
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm could not install the minifier: {error}")

    assert scripts == {path: path.read_bytes() for path in scripts}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_script_asks_for_nothing_that_policies_forbid(source: Path) -> None:
    """The script has no dependency but its own modules, makes no code of strings and no markup of strings."""
    script = built_path(source).read_text(encoding="utf-8")

    for word in (
        "eval",
        "Function(",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        'from"',
    ):
        assert word not in script
    assert script.count("import(") == (source.name == "client.js")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_script_is_kept_and_asked_about(get: Callable[..., httpx2.Response], encoding: str) -> None:
    """A browser keeps the script and asks each time whether it is current, which costs no body."""
    first = get(accept_encoding=encoding)

    for tags in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = get(accept_encoding=encoding, if_none_match=tags)

        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == "no-cache"
    assert get(accept_encoding=encoding, if_none_match='"other"').status_code == 200


def test_each_encoding_has_its_own_tag(get: Callable[..., httpx2.Response]) -> None:
    """The tags are strong: other bytes have another one, and caches know what the answer depends on."""
    plain, compressed = get(), get(accept_encoding="gzip")

    assert plain.headers["etag"] != compressed.headers["etag"]
    assert plain.headers["vary"] == compressed.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [("gzip", True), ("GZIP;q=0.5", True), ("br, gzip;q=1.0", True), ("*", True), ("gzip;q=0", False), ("br", False),
     ("x-gzipped", False), ("gzip;q=0.000", False)],
)  # fmt: skip
def test_compression_is_for_who_accepts_it(
    get: Callable[..., httpx2.Response], accepted: str, compressed: bool
) -> None:
    """Only who accepts gzip gets it (RFC 9110, section 12.5.3)."""
    assert ("content-encoding" in get(accept_encoding=accepted).headers) is compressed


def test_head(get: Callable[..., httpx2.Response]) -> None:
    """HEAD tells the length without the body."""
    answer = get("HEAD")

    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len(get().content)
