"""What editors show of a generated package, asked of the language servers that they use."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from codegen.language_server import Document, LanguageServer

STUBS = Path(__file__).parents[2] / "stubs" / "actions"
SCRIPTS = Path(sysconfig.get_path("scripts"))
SERVERS = {
    "pyright": [str(SCRIPTS / "pyright-langserver"), "--stdio"],
    "ty": [str(SCRIPTS / "ty"), "server"],
}
SCRIPT = """
from actions import AsyncClient, actions

liked = actions.like(post_id="1")
print(liked.likes)


async def main(client: AsyncClient) -> None:
    post = await client.blog.post(post_id="1")
    print(post.title)
    result = await client.blog.publish.safe(title="t", body="b")
"""


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """A language server with the package of the example in its folder."""
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(STUBS, folder / "actions")
    server = LanguageServer(SERVERS[request.param], folder, sys.executable)
    yield server
    server.close()


@pytest.fixture(scope="module")
def script(server: LanguageServer) -> Document:
    return server.open("script.py", SCRIPT)


def plain(markup: str) -> str:
    """Text without what only Markdown needs."""
    return markup.replace("\\", "").replace("&nbsp;", " ")


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("= actions.like", ["post_id: str", "Likes", "PostNotFound", "Like a post.", "min_length=1", "Defined in"]),
        ("client.blog.post", ["post_id: str", "Post", "PostNotFound", "One post.", "Defined in examples/blog"]),
        ("print(liked", ["Likes"]),
        ("print(post", ["Post"]),
        ("    result", ["Ok[Post] | Err[TitleTaken | InputError | CallError]"]),
    ],
)
def test_hover(script: Document, place: str, parts: list[str]) -> None:
    """Over an action stand its types, its documentation with its parameters, and where the server defines it."""
    text = plain(script.hover(place))

    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize("place", ["= actions.like(", "client.blog.post(", "publish.safe("])
def test_signature(script: Document, place: str) -> None:
    """While arguments are written, their names and types are shown."""
    signature = script.signature(place)

    assert "post_id: str" in signature["label"] or "title: str, body: str" in signature["label"]
    assert "args" not in signature["label"]


def test_signature_is_documented(script: Document, request: pytest.FixtureRequest) -> None:
    """Beside them stands what the author says of the action and of the argument; ty shows it on hover alone."""
    signature = script.signature("publish.safe(")
    documentation = str(signature.get("documentation", ""))
    if "pyright" in request.node.callspec.id:
        title = next(parameter for parameter in signature["parameters"] if parameter["label"] == "title: str")
        assert "Publish" in documentation
        assert "max_length=120" in plain(str(title["documentation"]))
    else:
        assert "Call the action" not in documentation


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("actions.", {"blog", "like", "sign_in", "sign_out"}),
        ("actions.blog.", {"comment", "comments", "post", "posts", "publish", "set_cover"}),
        ('actions.like(post_id="1").', {"likes", "post_id"}),
        ("actions.like.", {"safe"}),
    ],
)
def test_completion(server: LanguageServer, line: str, names: set[str]) -> None:
    """What there is to call is offered, and in a namespace nothing else."""
    document = server.open(f"completion_{line.encode().hex()}.py", f"from actions import actions\n\n{line}")

    offered = [name for name in document.completions(line) if not name.startswith("_")]

    assert names <= set(offered)
    if line == "actions.blog.":
        assert set(offered) == names


def test_definition(script: Document, request: pytest.FixtureRequest) -> None:
    """Go to definition leads to the declaration in the package, and from a field to the class."""
    if "pyright" in request.node.callspec.id:  # ty goes on to what a call of it runs
        for place, name in (("= actions.like", "like"), ("client.blog.post", "post")):
            path, line = script.definition(place)
            assert path.suffix == ".pyi"
            assert f"def {name}(" in path.read_text().splitlines()[line - 1]
    path, line = script.definition("liked.likes")
    assert path.name.startswith("models.py")
    assert "likes: int" in path.read_text().splitlines()[line - 1]


def test_rename(script: Document) -> None:
    """A rename changes every place in the script, and nothing in the package."""
    changes = str(script.rename("liked", "likes_of_post"))

    assert changes.count("'newText': 'likes_of_post'") == 2
    assert f"actions{os.sep}__init__" not in changes
