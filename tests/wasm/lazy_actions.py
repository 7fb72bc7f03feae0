"""Actions as they can be written where annotations are evaluated lazily: each names what stands below it."""

from typing import Annotated

from pydantic import BaseModel, Field

from sanic_actions import ActionContext, Injected, action


@action
async def order(item: Item, count: Annotated[int, Field(ge=1)], context: ActionContext) -> Receipt: ...


@action
async def tree(node: Node, user: Annotated[User, Injected]) -> Node | None: ...


class Receipt(BaseModel):
    lines: list[Line]


class Line(BaseModel):
    item: Item
    count: int = 1


class Item(BaseModel):
    sku: str


class Node(BaseModel):
    name: str
    children: list[Node] = []


class User:
    """Who calls."""
