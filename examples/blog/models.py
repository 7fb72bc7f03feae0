"""What the blog speaks of: the types that its actions take and return."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from sanic_actions import ActionError


class Topic(StrEnum):
    """What a post is about."""

    CODE = "code"
    LIFE = "life"
    MUSIC = "music"


class Post(BaseModel, frozen=True):
    """A post, as readers see it."""

    id: str
    title: str
    body: str
    author: str
    topic: Topic
    published: datetime
    likes: int = 0
    cover_type: str | None = Field(default=None, description="Media type of the cover picture, if there is one.")


class LikeInput(BaseModel):
    """Which post is liked."""

    post_id: str = Field(min_length=1)


class Likes(BaseModel):
    """How many likes a post has."""

    post_id: str
    likes: int


class Comment(BaseModel):
    """What a reader said about a post."""

    id: int
    post_id: str
    author: str
    body: str
    written: datetime


class Author(BaseModel):
    """Somebody who may publish."""

    name: str


class PostNotFound(ActionError, code="NOT_FOUND"):
    """There is no post of that id."""

    post_id: str


class TitleTaken(ActionError, code="CONFLICT"):
    """Another post has that title already."""

    title: str
    post_id: str
