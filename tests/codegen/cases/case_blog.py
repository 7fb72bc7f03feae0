"""The seed's example: like over JSON, comment as a form."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from sanic_actions import ActionError, Namespace, action, define_action


class LikeInput(BaseModel):
    post_id: str = Field(min_length=1, description="Which post")


class Likes(BaseModel):
    """How many likes a post has."""

    post_id: str
    likes: int = 0


class Closed(ActionError, code="CONFLICT"):
    """Nobody can comment any more."""

    since: int
    why: str = "old"


def add_like(input: LikeInput) -> Likes:
    """Like a post."""
    return Likes(post_id=input.post_id, likes=1)


@action(accept="form", raises=[Closed], once=True)
async def comment(post_id: str, author: Annotated[str, Field(min_length=1, max_length=80)], times: int = 1) -> str:
    """Comment on a post."""
    if post_id == "closed":
        raise Closed("Too late", since=1999)
    return author * times


server = Namespace(
    like=define_action(input=LikeInput, handler=add_like, idempotent=True), blog=Namespace(comment=comment)
)
