"""The same action for Litestar, as its documentation writes it."""

from __future__ import annotations

from litestar import Litestar, post

from benchmarks.apps.models import Comment, CommentInput, save


@post("/json", status_code=200)
async def comment(data: CommentInput) -> Comment:
    """Comment on a post."""
    return save(data)


app = Litestar([comment], openapi_config=None)
