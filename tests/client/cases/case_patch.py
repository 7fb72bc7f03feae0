"""Partial inputs: each action says which fields its caller gave, as the server sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from sanic_actions import Namespace, action


class Address(BaseModel):
    city: str | None = None
    floor: int | None = None


class UserUpdate(BaseModel):
    name: str | None = None
    age: int | None = None
    address: Address | None = None
    tags: list[str] = []
    home: Address = Field(default_factory=Address)
    is_admin: bool = True
    nick: str = Field("", alias="nickName")


class Circle(BaseModel):
    kind: Literal["circle"] = "circle"
    radius: int = 1
    label: str | None = None


class Square(BaseModel):
    kind: Literal["square"] = "square"
    side: int = 1
    label: str | None = None


class Cat(BaseModel):
    sort: Literal["cat", "kitten"] = "cat"
    label: str | None = None


class Dog(BaseModel):
    sort: Literal["dog"] = "dog"
    label: str | None = None


class Note(TypedDict, total=False):
    text: str
    user: UserUpdate


@dataclass
class Batch:
    user: UserUpdate
    size: int = 3


class Account(BaseModel):
    name: str
    password: str = Field(default="", exclude=True)
    codes: list[int] = Field(default=[], exclude=True)


class Tree(BaseModel):
    label: str | None = None
    kids: list[Tree] = []


def given(value: object) -> object:
    """Which fields of each model were given, at any depth."""
    if isinstance(value, BaseModel):
        fields = {name: given(getattr(value, name)) for name in sorted(value.model_fields_set)}
        return {"": type(value).__name__, **fields}
    if isinstance(value, dict):
        return {key: given(item) for key, item in value.items()}
    if isinstance(value, list):
        return [given(item) for item in value]
    if isinstance(value, Batch):
        return {"user": given(value.user), "size": value.size}
    return value


@action
def one(changes: UserUpdate) -> str:
    return repr(given(changes))


@action(accept="form")
def form(changes: UserUpdate) -> str:
    return repr(given(changes))


@action
def many(changes: list[UserUpdate], named: dict[str, UserUpdate]) -> str:
    return repr(given([changes, named]))


@action
def shape(shape: Circle | Square) -> str:
    return repr(given(shape))


@action
def pets(pets: list[Annotated[Cat | Dog, Field(discriminator="sort")]]) -> str:
    return repr(given(pets))


@action
def note(note: Note) -> str:
    return repr(given(note))


@action
def batch(batch: Batch) -> str:
    return repr(given(batch))


@action
def tree(tree: Tree) -> str:
    return repr(given(tree))


@action(accept=("json", "form"))
def account(account: Account) -> Account:
    """Return an account of which the server has seen all."""
    return Account(name=str(given(account)))


server = Namespace(
    account=account, one=one, form=form, many=many, shape=shape, pets=pets, note=note, batch=batch, tree=tree
)
