"""What every server here reads and writes: one small model in, one out."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field


class CommentInput(BaseModel):
    """A comment on a post."""

    post_id: str
    author: Annotated[str, Field(min_length=1, max_length=80)]
    body: Annotated[str, Field(min_length=1)]


class Comment(BaseModel):
    """A comment that was saved."""

    id: int
    post_id: str
    author: str
    body: str


def save(comment: CommentInput) -> Comment:
    """The work that all handlers do alike."""
    return Comment(id=1, post_id=comment.post_id, author=comment.author, body=comment.body)
