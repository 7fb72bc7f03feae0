"""Uploads that wait for their form are their visitor's own, whatever a stranger sends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import running
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import UploadedFile, action
from sanic_actions.server import ActionsBlueprint, UploadFolder, action_result, form

SECRET = "the secret of somebody else"
FILE = ("secret.txt", SECRET.encode(), "text/plain")


@action(accept="form")
async def show(name: str, cv: UploadedFile) -> str:
    return (await cv.read()).decode()


@action(accept="form")
async def other(name: str, cv: UploadedFile) -> str:
    return (await cv.read()).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    app: Sanic[Any, Any] = Sanic("uploads")
    app.config.AUTO_EXTEND = False
    limits = UploadFolder(folder, max_bytes=100_000, max_files=20)
    app.blueprint(ActionsBlueprint({"show": show, "other": other}, uploads=limits))

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        results = [action_result(request, each) for each in (show, other)]
        said = [result.data for result in results if result is not None and result.error is None]
        return html(f"<!doctype html><title>t</title><output>{said}</output>{form(show)}{form(other)}")

    with running(app) as url:
        yield url


def post(client: httpx2.Client, fields: list[tuple[str, str]], name: str = "show", **files: Any) -> httpx2.Response:
    """Send a form as multipart."""
    parts = [*((key, (None, value)) for key, value in fields), *files.items()]
    return client.post(f"/?_action={name}", files=parts, follow_redirects=True)


def kept_by(client: httpx2.Client) -> str:
    """Let a visitor's file be kept, and return the text of the control that names it."""
    failed = post(client, [("name", "")], cv=FILE)
    match = re.search(r"cv=[\w-]{32}", failed.text)
    assert match is not None
    return match[0]


STRANGERS: dict[str, dict[str, Any]] = {
    "no cookie": {"cookie": None},
    "cookie of their own": {"cookie": "own"},
    "empty cookie": {"cookie": ""},
    "cookie with a path": {"cookie": "../../../../etc/passwd"},
    "cookie of another length": {"cookie": "x" * 5_000},
    "another action": {"cookie": "same", "name": "other"},
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_token_of_another(url: str, stranger: str) -> None:
    """Whoever has read a page with a token, but not the cookie, reaches no file; nor does another action."""
    with httpx2.Client(base_url=url) as owner, httpx2.Client(base_url=url) as thief:
        value = kept_by(owner)
        cookie = STRANGERS[stranger]["cookie"]
        if cookie == "own":
            kept_by(thief)
        elif cookie == "same":
            thief.cookies.update(owner.cookies)
        elif cookie is not None:
            thief.headers["cookie"] = f"sanic-actions-uploads={cookie}"

        stolen = post(thief, [("name", "Eve"), ("_action.upload", value)], name=STRANGERS[stranger].get("name", "show"))

        assert stolen.status_code == 400
        assert SECRET not in stolen.text
        assert "no longer kept" in stolen.text
        assert SECRET in post(owner, [("name", "Ada"), ("_action.upload", value)]).text


HOSTILE = {
    "path": "cv=../../../../../../etc/passwd",
    "path of the length of a token": "cv=../../../../../../../etc/passwd0",
    "NUL": "cv=\x00" + "x" * 31,
    "empty": "cv=",
    "nothing": "",
    "no name": "=" + "x" * 32,
    "markup": 'cv="><script>alert(1)</script>',
    "digest": "cv=" + "0" * 64,
    "long": "cv=" + "x" * 3_000,
    "other field": "name=" + "x" * 32,
    "no field": "nothing=" + "x" * 32,
    "deep": ".".join(["cv"] * 1_000) + "=" + "x" * 32,
    "ours": "_action.upload=" + "x" * 32,
    "surrogate": "cv=\ud800".encode("utf-8", "replace").decode() + "x" * 31,
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("control", ["_action.upload", "_action.drop"])
def test_hostile_tokens(url: str, folder: Path, case: str, control: str) -> None:
    """A token that is none names nothing: it is refused like one that has expired, and no file is touched."""
    with httpx2.Client(base_url=url) as client:
        value = kept_by(client)
        before = sorted(folder.iterdir())

        answer = post(client, [("name", "Eve"), (control, HOSTILE[case])])

        assert answer.status_code == 400
        assert "<script>alert" not in answer.text
        assert sorted(folder.iterdir()) == before
        assert SECRET in post(client, [("name", "Ada"), ("_action.upload", value)]).text


def test_stranger_drops_nothing_of_others(url: str) -> None:
    """A box that drops a file works for its owner alone."""
    with httpx2.Client(base_url=url) as owner, httpx2.Client(base_url=url) as thief:
        value = kept_by(owner)
        kept_by(thief)

        post(thief, [("name", ""), ("_action.upload", value), ("_action.drop", value)], cv=FILE)

        assert SECRET in post(owner, [("name", "Ada"), ("_action.upload", value)]).text


def test_many_tokens_open_few_files(url: str) -> None:
    """However many tokens a form names, no more than ten files are opened for it, and none stays open."""
    with httpx2.Client(base_url=url) as client:
        value = kept_by(client)
        values = [f"cv={number:032}" for number in range(900)]

        answer = post(client, [("name", "Eve"), *(("_action.upload", each) for each in [*values, value])])

        assert answer.status_code == 400
        assert answer.text.count("no longer kept") <= 22


def test_flood_is_bounded(url: str, folder: Path) -> None:
    """What strangers send takes no more room than the folder has, in bytes and in files."""
    for number in range(30):
        with httpx2.Client(base_url=url) as client:
            post(client, [("name", "")], cv=(f"{number}", b"x" * (1 + 20_000 * (number % 2)), "text/plain"))

    sizes = [path.stat().st_size for path in folder.iterdir()]
    assert sum(sizes) <= 100_000
    assert len(sizes) <= 21  # and the lock


def test_refused_posts_write_nothing(url: str, folder: Path) -> None:
    """A post of another site, one for no action, and one that is only to be checked keep no file."""
    before = sorted(folder.iterdir())
    with httpx2.Client(base_url=url) as client:
        for headers, name in (
            ({"origin": "https://evil.example"}, "show"),
            ({"sanic-action": "validate"}, "show"),
            ({}, "none"),
        ):
            client.post(f"/?_action={name}", headers=headers, files=[("name", (None, "")), ("cv", FILE)])

    assert sorted(folder.iterdir()) == before


def test_no_url_leads_to_a_file(url: str, folder: Path) -> None:
    """The name on disk and the token are part of no address."""
    with httpx2.Client(base_url=url) as client:
        token = kept_by(client).partition("=")[2]
        names = [path.name for path in folder.iterdir()]
        for path in (f"/_actions/{token}", *(f"/_actions/{name}" for name in names), f"/{names[0]}"):
            answer = client.get(path)

            assert answer.status_code in (404, 405), path
            assert SECRET not in answer.text
