"""A site whose pages do by hand what behaviour P1 to P8 asks of the library's pages, in memory."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions.server._script import script_response

AnyRequest = Request[Any, Any]
Values = dict[str, str]

SCRIPT = '<script type="module" src="/_actions/client.js"></script>'


@dataclass
class Site:
    """The site, what it keeps, and how it behaves."""

    app: Sanic[Any, Any]
    url: str = ""
    knows_script: bool = True
    """Whether success is answered as the script likes it best, or as to any browser."""
    open: threading.Event = field(default_factory=threading.Event)
    """While it is not set, comments wait."""
    comments: list[str] = field(default_factory=list)
    runs: list[Values] = field(default_factory=list)
    """What the handlers ran with."""
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    """Content type and body of every post."""
    gets: list[str] = field(default_factory=list)
    elsewhere: str = ""
    """Where the form "go" leads."""
    extra: str = ""
    """Markup at the end of the page's main part."""
    once: dict[str, tuple[int, Values, str]] = field(default_factory=dict)
    flashes: dict[str, str] = field(default_factory=dict)


def make_site(name: str) -> Site:
    """A site with the pages ``/`` and ``/post/<id>``."""
    site = Site(Sanic(name))
    site.open.set()
    site.app.config.update(AUTO_EXTEND=False, REQUEST_MAX_SIZE=50_000_000)

    @site.app.get("/")
    async def home(request: AnyRequest) -> HTTPResponse:
        site.gets.append(request.path)
        return _flashed(request, site, lambda flash: _document("Home", f"<p id=flash role=status>{flash}</p>{HOME}"))

    @site.app.get("/post/<post>")
    async def post(request: AnyRequest, post: str) -> HTTPResponse:
        site.gets.append(request.path)
        return _flashed(request, site, lambda flash: post_page(site, flash=flash))

    @site.app.post("/post/<post>")
    async def submit(request: AnyRequest, post: str) -> HTTPResponse:
        site.bodies.append((request.headers["content-type"], request.body))
        action = request.args.get("_action")
        response: HTTPResponse = await ACTIONS[action](site, request)
        return response

    add_script(site.app, "/_actions")
    return site


def add_script(app: Sanic[Any, Any], prefix: str) -> None:
    """Serve the script where a blueprint does."""

    @app.get(f"{prefix}/<name:str>")
    async def script(request: AnyRequest, name: str) -> HTTPResponse:
        return script_response(request, name)


def post_page(
    site: Site, *, flash: str = "", values: Values | None = None, errors: Values | None = None, status: int = 200
) -> HTTPResponse:
    """The page of a post, after a failure with what was submitted and what was wrong with it."""
    comments = "".join(f"<li>{escape(comment)}</li>" for comment in site.comments)
    main = f"""
        <h1>A post</h1>
        <p id="flash" role="status">{escape(flash)}</p>
        <ul id="comments">{comments}</ul>
        {_comment_form(values or {}, errors or {})}
        <form id="note" method="post" action="?_action=note" data-sanic-action="note">
          <input name="note" aria-label="Note"><button>Note</button>
        </form>
        <details><summary>More</summary><p>About</p></details>
        {site.extra}"""
    return _document(f"A post, {len(site.comments)} comments", main, status)


def _comment_form(values: Values, errors: Values) -> str:
    def control(name: str, label: str, markup: str) -> str:
        error = errors.get(name, "")
        first = next(iter(errors), "") == name
        aria = f' aria-invalid="true" aria-describedby="{name}-errors"{" autofocus" if first else ""}' if error else ""
        said = f'<p id="{name}-errors">{escape(error)}</p>' if error else ""
        return (
            f'<div class="field"><label for="{name}">{label}</label>{said}{markup.replace(" ", f" {aria} ", 1)}</div>'
        )

    author = f'<input id="author" name="author" value="{escape(values.get("author", ""))}">'
    body = f'<textarea id="body" name="body">\n{escape(values.get("body", ""))}</textarea>'
    summary = "".join(f'<li><a href="#{name}">{escape(text)}</a></li>' for name, text in errors.items())
    summary = f'<div id="summary" role="alert" tabindex="-1"><ul>{summary}</ul></div>' if errors else ""
    return f"""
        <form method="post" action="?_action=comment" enctype="multipart/form-data" data-sanic-action="comment">
          <input type="hidden" name="_action.token" value="{secrets.token_hex(8)}">
          {summary}
          {control("author", "Author", author)}
          {control("body", "Comment", body)}
          {control("secret", "Secret", '<input id="secret" name="secret" type="password">')}
          {control("file", "File", '<input id="file" name="file" type="file">')}
          <progress data-sanic-progress hidden aria-label="Upload"></progress>
          <button name="by" value="send">Send</button>
          <button name="by" value="elsewhere" formaction="?_action=note">Send as note</button>
        </form>"""


HOME = '<h1>Home</h1><p><a href="/post/1">A post</a></p><h2 id="far" style="margin-top: 3000px">Far</h2>'


def _document(title: str, main: str, status: int = 200) -> HTTPResponse:
    page = f"<!doctype html><html lang=en><title>{title}</title>{SCRIPT}<body><main>{main}</main></body></html>"
    return html(page, status=status)


def _flashed(request: AnyRequest, site: Site, render: Callable[[str], HTTPResponse]) -> HTTPResponse:
    return render(site.flashes.pop(request.cookies.get("flash") or "", ""))


async def _comment(site: Site, request: AnyRequest) -> HTTPResponse:
    values = _values(request)
    await asyncio.to_thread(site.open.wait, 10)
    token = values.get("_action.token", "") + values.get("body", "")
    if token not in site.once:
        site.once[token] = _run_comment(site, values)
    status, errors, said = site.once[token]
    if status != 200:
        return post_page(site, values=values, errors=errors, status=status)
    return leads(site, request, request.path, said)


def _run_comment(site: Site, values: Values) -> tuple[int, Values, str]:
    errors = {name: f"{name} is missing" for name in ("author", "body") if not values.get(name)}
    if "short" in values.get("secret", ""):
        errors["secret"] = "secret is too short"
    if errors:
        return 400, errors, ""
    site.runs.append(values)
    site.comments.insert(0, values["body"])
    return 200, {}, f"Thank you, {values['author']}"


async def _note(site: Site, request: AnyRequest) -> HTTPResponse:
    values = _values(request)
    site.runs.append(values)
    return leads(site, request, request.path, f"Noted by {values.get('by')}")


async def _go(site: Site, request: AnyRequest) -> HTTPResponse:
    site.runs.append(_values(request))
    return leads(site, request, site.elsewhere, "Gone")


async def _gone(site: Site, request: AnyRequest) -> HTTPResponse:
    return _document("Gone", "<h1>This post is gone</h1>", 410)


async def _json(site: Site, request: AnyRequest) -> HTTPResponse:
    return HTTPResponse('{"detail": "Refused, and why"}', 403, content_type="application/problem+json")


async def _proxy(site: Site, request: AnyRequest) -> HTTPResponse:
    return html("<html><title>502</title><body><center><h1>502 Bad Gateway</h1></center></body></html>", status=502)


ACTIONS: dict[str | None, Callable[[Site, AnyRequest], Any]] = {
    "comment": _comment,
    "note": _note,
    "go": _go,
    "gone": _gone,
    "json": _json,
    "proxy": _proxy,
}


def leads(site: Site, request: AnyRequest, to: str, said: str) -> HTTPResponse:
    """The answer to success: a redirect, or its target for the script; the result waits for whoever comes there."""
    if site.knows_script and request.headers.get("sanic-action") == "script":
        response = HTTPResponse(status=204, headers={"sanic-action-location": to})
    else:
        response = HTTPResponse(status=303, headers={"location": to})
    identity = secrets.token_hex(8)
    site.flashes[identity] = said
    response.add_cookie("flash", identity, secure=False, httponly=True)
    return response


def _values(request: AnyRequest) -> Values:
    if request.headers["content-type"].startswith("multipart"):
        form: dict[str, list[str]] = request.form or {}
        files = {name: found[0].name for name, found in (request.files or {}).items()}
        return {**{name: found[0] for name, found in form.items()}, **files}
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
