"""The blog's pages. Their forms post to the same actions that scripts call, so no page has a route for POST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from sanic import Blueprint, HTTPResponse, Request
from sanic.exceptions import NotFound
from sanic.response import html, raw

from sanic_actions import Ok
from sanic_actions.server import action_result, form

from . import actions
from .models import Post, PostNotFound, Topic
from .store import Store

AnyRequest = Request[Any, Any]

pages = Blueprint("pages")

templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
templates.globals.update(actions=actions, form=form, topics=list(Topic))

HEADERS = {"content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"}


@pages.get("/")
async def home(request: AnyRequest) -> HTTPResponse:
    """The newest posts."""
    topic = next((topic for topic in Topic if topic == request.args.get("topic")), None)
    posts = await store(request).posts(topic, 20)
    return await show(request, "home.html", posts=posts, topic=topic)


@pages.get("/posts/<post_id>")
async def post(request: AnyRequest, post_id: str) -> HTTPResponse:
    """One post and what readers say about it."""
    found = await find(request, post_id)
    comments = await store(request).comments(post_id)
    match action_result(request, actions.comment):
        case Ok(comment):
            said = f"Thank you, {comment.author}. Your comment is there."
        case _:
            said = "The post has a new cover." if isinstance(action_result(request, actions.set_cover), Ok) else ""
    return await show(request, "post.html", post=found, comments=comments, said=said)


@pages.get("/posts/<post_id>/cover")
async def cover(request: AnyRequest, post_id: str) -> HTTPResponse:
    """A post's cover picture."""
    picture = await store(request).cover(post_id)
    if picture is None:
        raise NotFound("This post has no cover.")
    headers = {"x-content-type-options": "nosniff", "cache-control": "no-cache"}
    return raw(picture[1], content_type=picture[0], headers=headers)


@pages.get("/write")
async def write(request: AnyRequest) -> HTTPResponse:
    """Where authors write."""
    match action_result(request, actions.publish):
        case Ok(published):
            return await show(request, "write.html", published=published, said=f"“{published.title}” is published.")
        case _:
            return await show(request, "write.html")


@pages.get("/sign-in")
async def sign_in(request: AnyRequest) -> HTTPResponse:
    """Where authors sign in."""
    return await show(request, "sign-in.html")


def store(request: AnyRequest) -> Store:
    """The worker's store."""
    opened: Store = request.app.ctx.store
    return opened


async def find(request: AnyRequest, post_id: str) -> Post:
    """A post, or the page that says that there is none."""
    try:
        return await store(request).post(post_id)
    except PostNotFound as error:
        raise NotFound(error.message) from None


async def show(request: AnyRequest, template: str, **values: object) -> HTTPResponse:
    """A page for whoever asks: a session makes a difference to what it offers."""
    author = await store(request).author_of(request.cookies.get(actions.SESSION))
    return html(templates.get_template(template).render(author=author, **values), headers=HEADERS)
