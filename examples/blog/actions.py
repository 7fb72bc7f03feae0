"""The blog's actions: what scripts, services and forms may ask of it."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import Field

from sanic_actions import Accept, ActionError, Injected, MaxBytes, Namespace, UploadedFile, action, define_action
from sanic_actions.server import ActionContext

from .models import Author, Comment, LikeInput, Likes, Post, PostNotFound, TitleTaken, Topic
from .store import Store

Text = Annotated[str, Field(min_length=1, max_length=10_000)]


def store(context: ActionContext) -> Store:
    """The worker's store; the app opens it before it serves."""
    opened: Store = context.app.ctx.store
    return opened


async def signed_in(context: ActionContext) -> Author:
    """The guard of everything that writes posts: the caller shows the token of an author."""
    token = os.environ.get("BLOG_TOKEN", "let-me-write")
    if context.headers.get("authorization") != f"Bearer {token}":
        raise ActionError("UNAUTHORIZED", "Send the header 'Authorization: Bearer <token>' of an author")
    return Author(name=context.headers.get("x-author", "Ada"))


async def add_like(input: LikeInput, context: ActionContext) -> Likes:
    """Like a post."""
    return await store(context).like(input.post_id)


@action(accept="form", raises=[PostNotFound])
async def comment(
    post_id: str,
    author: Annotated[str, Field(min_length=1, max_length=80, description="The name to show.")],
    body: Text,
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
    title: Annotated[str, Field(min_length=1, max_length=120)],
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
    like=define_action(input=LikeInput, handler=add_like, raises=[PostNotFound]),
    blog=Namespace(
        comment=comment,
        comments=comments,
        post=post,
        posts=posts,
        publish=publish,
        set_cover=set_cover,
    ),
)
