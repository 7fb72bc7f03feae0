"""Another service: a Sanic app that asks the blog, over HTTP, for what it needs. Reads ``BLOG_URL``."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from actions import AsyncClient
from sanic import HTTPResponse, Request, Sanic, json

from sanic_actions import Ok

app = Sanic("digest")


@app.before_server_start
async def connect(app: Sanic[Any, Any]) -> None:
    """One client for the life of the worker: connections are kept."""
    app.ctx.blog = AsyncClient(os.environ["BLOG_URL"])


@app.after_server_stop
async def disconnect(app: Sanic[Any, Any]) -> None:
    """Close what ``connect`` opened."""
    await app.ctx.blog.aclose()


@app.get("/digest")
async def digest(request: Request[Any, Any]) -> HTTPResponse:
    """What is new, and what is said about it; all comments are asked for at once."""
    blog: AsyncClient = request.app.ctx.blog
    posts = await blog.blog.posts(limit=3)
    answers = await asyncio.gather(*(blog.blog.comments.safe(post_id=post.id) for post in posts))
    said = [len(answer.data) if isinstance(answer, Ok) else None for answer in answers]
    return json([{"title": post.title, "comments": count} for post, count in zip(posts, said, strict=True)])


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8001")), single_process=True)
