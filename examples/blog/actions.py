"""The blog's actions: what scripts, services and forms may ask of it."""

from __future__ import annotations

import os
from secrets import compare_digest
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from sanic_actions import (
    Accept,
    ActionContext,
    ActionError,
    Injected,
    InputError,
    MaxBytes,
    Namespace,
    Redirect,
    UploadedFile,
    action,
    define_action,
)

from .models import Author, Comment, LikeInput, Likes, Post, PostNotFound, TitleTaken, Topic
from .store import Store

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


def store(context: ActionContext) -> Store:
    """The worker's store; the app opens it before it serves."""
    opened: Store = context.app.ctx.store
    return opened


SESSION = "session"
"""The cookie of an author who has signed in on a page."""

WEEK = 7 * 24 * 3600


def is_secret(given: str) -> bool:
    """Whether this is the token, and the password, of the blog's authors."""
    return compare_digest(given.encode(), os.environ.get("BLOG_TOKEN", "let-me-write").encode())


async def signed_in(context: ActionContext) -> Author:
    """The guard of everything that writes posts: browsers show a session, scripts the token of an author."""
    author = await store(context).author_of(context.cookies.get(SESSION))
    if author is None and is_secret(context.headers.get("authorization", "").removeprefix("Bearer ")):
        author = Author(name=context.headers.get("x-author", "Ada"))
    if author is None:
        raise ActionError("UNAUTHORIZED", "Sign in first, or send 'Authorization: Bearer <token>' of an author")
    return author


@action(accept="form")
async def sign_in(name: Line, password: SecretStr, context: ActionContext) -> Redirect[Author]:
    """Begin a session in this browser."""
    if not is_secret(password.get_secret_value()):
        raise InputError.on("password", "This is not the password of our authors")
    author = Author(name=name)
    context.set_cookie(SESSION, await store(context).open_session(author, WEEK), max_age=WEEK)
    return Redirect("/", author)


@action(accept="form")
async def sign_out(context: ActionContext) -> Redirect[None]:
    """End the session of this browser."""
    await store(context).close_session(context.cookies.get(SESSION))
    context.delete_cookie(SESSION)
    return Redirect("/")


async def add_like(input: LikeInput, context: ActionContext) -> Likes:
    """Like a post."""
    return await store(context).like(input.post_id)


like = define_action(input=LikeInput, accept=("json", "form"), handler=add_like, raises=[PostNotFound])


@action(accept="form", raises=[PostNotFound])
async def comment(
    post_id: str,
    author: Annotated[Line, Field(title="Your name")],
    body: Annotated[Text, Field(title="Your comment", description="Plain text; an empty line begins a paragraph.")],
    context: ActionContext,
) -> Comment:
    """Comment on a post."""
    return await store(context).comment(post_id=post_id, author=author, body=body)


@action
async def comments(post_id: str, context: ActionContext) -> list[Comment]:
    """The comments of a post, oldest first."""
    return await store(context).comments(post_id)


@action
async def posts(
    context: ActionContext, topic: Topic | None = None, limit: Annotated[int, Field(ge=1, le=100)] = 20
) -> list[Post]:
    """The newest posts, of one topic or of all."""
    return await store(context).posts(topic, limit)


@action(raises=[PostNotFound])
async def post(post_id: str, context: ActionContext) -> Post:
    """One post."""
    return await store(context).post(post_id)


@action(accept=("json", "form"), raises=[TitleTaken], guard=signed_in)
async def publish(
    title: Line,
    body: Text,
    context: ActionContext,
    author: Annotated[Author, Injected],
    topic: Topic = Topic.LIFE,
) -> Post:
    """Publish a post under the name of whoever is signed in."""
    return await store(context).publish(title=title, body=body, author=author.name, topic=topic)


@action(accept="form", raises=[PostNotFound], guard=signed_in, max_body_size=2_100_000)
async def set_cover(
    post_id: str,
    picture: Annotated[UploadedFile, MaxBytes("2MB"), Accept("image/png", "image/jpeg")],
    context: ActionContext,
) -> Post:
    """Give a post its cover picture."""
    return await store(context).set_cover(post_id, picture.content_type, await picture.read())


server = Namespace(
    like=like,
    sign_in=sign_in,
    sign_out=sign_out,
    blog=Namespace(
        comment=comment,
        comments=comments,
        post=post,
        posts=posts,
        publish=publish,
        set_cover=set_cover,
    ),
)
