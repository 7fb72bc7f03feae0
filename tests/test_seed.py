"""The acceptance test: the seed's own example, `like` over JSON and `blog.comment` as a form, in every spelling."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sanic import Sanic

from sanic_actions import Namespace, action, define_action
from sanic_actions.codegen import generate
from sanic_actions.server import ActionsBlueprint


class LikeInput(BaseModel):
    post_id: str


class CommentInput(BaseModel):
    post_id: str
    author: str
    body: str


class Comment(BaseModel):
    post_id: str
    author: str
    body: str


async def like_later(input: LikeInput) -> int:
    """Like a post."""
    return len(input.post_id)


def like_now(input: LikeInput) -> int:
    """Like a post."""
    return len(input.post_id)


async def comment_later(input: CommentInput) -> Comment:
    """Comment on a post."""
    return Comment(post_id=input.post_id, author=input.author, body=input.body)


def comment_now(input: CommentInput) -> Comment:
    """Comment on a post."""
    return Comment(post_id=input.post_id, author=input.author, body=input.body)


def like(post_id: str) -> int:
    """Like a post."""
    return len(post_id)


async def like_async(post_id: str) -> int:
    """Like a post."""
    return len(post_id)


def comment(post_id: str, author: str, body: str) -> Comment:
    """Comment on a post."""
    return Comment(post_id=post_id, author=author, body=body)


async def comment_async(post_id: str, author: str, body: str) -> Comment:
    """Comment on a post."""
    return Comment(post_id=post_id, author=author, body=body)


TREES = {
    "explicit, async": {
        "like": define_action(input=LikeInput, handler=like_later),
        "blog": {"comment": define_action(accept="form", input=CommentInput, handler=comment_later)},
    },
    "explicit, sync": {
        "like": define_action(input=LikeInput, handler=like_now),
        "blog": {"comment": define_action(accept="form", input=CommentInput, handler=comment_now)},
    },
    "decorated, async": Namespace(
        like=action(like_async), blog=Namespace(comment=action(accept="form")(comment_async))
    ),
    "decorated, sync": Namespace(like=action(like), blog=Namespace(comment=action(accept="form")(comment))),
}


@pytest.fixture(params=TREES)
def package(
    request: pytest.FixtureRequest, serve: Callable[[Any], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The generated client package of one of the four spellings, with its server's address in its variable."""
    tree = TREES[request.param]
    app = Sanic("seed")
    app.blueprint(ActionsBlueprint(tree))
    for path, text in generate(tree, package="seed_actions").items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SEED_ACTIONS_URL", serve(app))
    yield importlib.import_module("seed_actions")
    for name in [name for name in sys.modules if name.split(".")[0] == "seed_actions"]:
        del sys.modules[name]


def test_seed_example_answers_a_sync_caller(package: Any) -> None:
    """`like` takes JSON and `blog.comment` a form; a Python caller sees no difference."""
    with package.Client() as actions:
        assert actions.like(post_id="p1") == 2
        said = actions.blog.comment(post_id="p1", author="Ada", body="Hi")

    assert type(said).__name__ == "Comment"
    assert (said.post_id, said.author, said.body) == ("p1", "Ada", "Hi")


def test_seed_example_answers_an_async_caller(package: Any) -> None:
    """The same package serves asyncio."""

    async def main() -> tuple[int, str]:
        async with package.AsyncClient() as actions:
            return await actions.like(post_id="p1"), (
                await actions.blog.comment(post_id="p1", author="Ada", body="Hi")
            ).author

    assert asyncio.run(main()) == (2, "Ada")


def test_seed_example_answers_the_shared_client(package: Any) -> None:
    """`actions` itself reads the variable of its package, and `.safe` gives a result."""
    with package.actions as actions:
        assert actions.like.safe(post_id="p1").data == 2
