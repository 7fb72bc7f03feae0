"""``lock``, ``diff``, ``check`` and ``generate`` over the life of a contract, as their users see them."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic
from sanic.response import raw

from sanic_actions import action
from sanic_actions._cli.commands import run
from sanic_actions._cli.package_name import DEFAULT_PACKAGE
from sanic_actions.contract import Contract
from sanic_actions.server import ActionsBlueprint

APP = """
from sanic_actions import Namespace, action

@action
def buy(sku: str{parameters}) -> {output}:
    "Buy some."
    return {value}

server = Namespace(buy=buy)
"""
NUMBERS = iter(range(1000))
Serve = Callable[[Sanic[Any, Any]], str]


class Project:
    """A folder with an app, whose module has a new name after each change: commands run in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = ""
        self.change()

    def change(self, parameters: str = "", *more: str, output: str = "int", value: str = "1") -> None:
        name = f"shop_{next(NUMBERS)}"
        text = APP.format(parameters=parameters, output=output, value=value)
        for other in more:
            text += f"server |= {{'{other}': server['buy']}}\n"
        (self.folder / f"{name}.py").write_text(text)
        self.app = f"{name}:server"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return Project(tmp_path)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """``said(*arguments)`` runs a command and gives its exit code, stdout and stderr."""

    def said(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(arguments)
        return code, *capsys.readouterr()

    return said


def test_a_lock_follows_the_app(project: Project, said: Any) -> None:
    """The first lock is 0.1.0; a change that fits raises the last number, one that breaks the middle one."""
    assert said("lock", project.app)[:2] == (0, "created actions.lock.json 0.1.0\n")
    assert said("lock", project.app)[:2] == (0, "unchanged actions.lock.json 0.1.0\n")

    project.change(", count: int = 1")
    code, out, _ = said("lock", project.app)
    assert (code, out.splitlines()[-1]) == (0, "updated actions.lock.json 0.1.0 -> 0.1.1")

    project.change(output="str", value="''")
    assert "breaking on the wire" in said("diff", "actions.lock.json", project.app)[1]
    assert said("lock", project.app)[1].splitlines()[-1] == "updated actions.lock.json 0.1.1 -> 0.2.0"


@pytest.mark.parametrize("is_configured", [True, False])
def test_lock_says_that_the_package_follows_it(project: Project, said: Any, is_configured: bool) -> None:
    """Where a package holds another version or contract than the lock, the command that mends it is said."""
    target = () if is_configured else (project.app,)
    if is_configured:
        text = f'[tool.sanic-actions]\napp = "{project.app}"\nout = "clients"\n'
        (project.folder / "pyproject.toml").write_text(text)
    assert said("lock", *target)[2] == "", "no package yet"
    Path("actions.lock.json").unlink()
    said("generate", *target)

    code, out, err = said("lock", *target)

    assert (code, out) == (0, "created actions.lock.json 0.1.0\n")
    assert err == f"Next: {' '.join(['sanic-actions', 'generate', *target])}\n"
    assert said("check", *target)[0] == 1
    assert said(*err.split()[2:])[0] == 0
    assert said("check", *target)[0] == 0
    assert said("lock", *target)[1:] == ("unchanged actions.lock.json 0.1.0\n", "")
    assert said("lock", *target, "--allow", "buy: nobody calls it")[2] == "", "reasons are the lock's alone"
    assert said("lock", *target, "--patch")[2] == err


def test_check_says_what_breaks_and_the_command_that_mends_it(project: Project, said: Any) -> None:
    """A package and a lock that are not current, and a change that breaks callers, each fail with their remedy."""
    said("lock", project.app)
    said("generate", project.app)
    assert said("check", project.app, "--against", "actions.lock.json")[0] == 0
    Path("released.json").write_bytes(Path("actions.lock.json").read_bytes())

    project.change(", shop: str")
    code, out, err = said("check", project.app, "--against", "released.json")

    assert code == 1
    assert "buy input.shop: the field was added, required (breaking on the wire)" in out
    assert f"The client package is out of date. Run: sanic-actions generate {project.app}\n" in err
    assert f"actions.lock.json is out of date. Run: sanic-actions lock {project.app}" in err
    assert f'sanic-actions lock {project.app} --allow "buy: ' in err
    assert said("lock", project.app, "--allow", "buy: nobody calls it")[0] == 0
    assert said("generate", project.app)[0] == 0
    assert said("check", project.app, "--against", "released.json")[0] == 0


def test_a_reason_is_good_for_one_change(project: Project, said: Any) -> None:
    """What the lock allows is the change that it holds: the next one of the same action breaks callers again."""
    said("lock", project.app)
    Path("released.json").write_bytes(Path("actions.lock.json").read_bytes())
    project.change(output="str", value="''")
    said("lock", project.app, "--allow", "buy: nobody calls it")
    Path("agreed.json").write_bytes(Path("actions.lock.json").read_bytes())

    assert said("diff", "released.json", project.app)[0] == 0
    assert said("diff", "released.json")[0] == 0
    project.change(output="float", value="1.5")
    code, out, _ = said("diff", "agreed.json", project.app)

    assert code == 1
    assert "allowed" not in out
    assert said("diff", "released.json", project.app)[0] == 1
    said("generate", project.app)
    assert said("check", project.app, "--against", "agreed.json")[0] == 1


@pytest.mark.parametrize("is_locked", [False, True], ids=["named by the lock", "named by an older lock"])
def test_what_is_removed_is_allowed_by_the_command_that_check_prints(
    project: Project, said: Any, is_locked: bool
) -> None:
    """A reason is given for each action that breaks callers, also for one that the lock has dropped before."""
    others = "".join(f"@action\ndef {name}() -> int:\n    return 1\n" for name in ("lend", "sell"))
    whole = APP.format(parameters="", output="int", value="1")
    Path("whole.py").write_text(f"{whole}{others}whole = Namespace(buy=buy, lend=lend, sell=sell)\n")
    said("lock", "whole:whole")
    Path("released.json").write_bytes(Path("actions.lock.json").read_bytes())
    project.change(", shop: str")
    if is_locked:
        said("lock", project.app)
    said("generate", project.app)
    check = ["check", project.app, "--against", "released.json"]

    code, _, err = said(*check)
    (line,) = [line for line in err.splitlines() if "allow it: " in line]
    command = shlex.split(line.partition("allow it: ")[2])

    assert (code, command.count("--allow"), "--against" in command) == (1, 3, is_locked)
    assert said(*command[1:])[0] == 0
    assert set(json.loads(Path("actions.lock.json").read_text())["allowed"]) == {"buy", "lend", "sell"}
    said("generate", project.app)
    assert said(*check)[0] == 0
    said("lock", project.app)
    assert said(*check)[0] == 0, "the reasons stay"


def test_a_caller_asks_a_server_whether_it_is_still_right(project: Project, said: Any, serve: Serve) -> None:
    """A package is compared with the contract that a server publishes, without the app."""
    said("generate", project.app)

    @action
    def buy(sku: str, shop: str) -> int:
        return 1

    app = Sanic("shop")
    app.blueprint(ActionsBlueprint({"buy": buy}, contract=True))
    url = serve(app)
    code, out, err = said("check", "--client", "actions", "--against", url)

    assert (code, "input.shop" in out) == (1, True), err
    assert "Install the version" in err


def test_a_package_has_the_version_of_its_lock(project: Project, said: Any) -> None:
    """With a lock a project has its version, without one a version that changes with the contract."""
    options = ("--out", "clients", "--package", "inventory_client", "--pyproject")
    said("generate", project.app, *options)
    first = tomllib.loads(Path("clients/pyproject.toml").read_text())["project"]
    said("lock", project.app)
    said("generate", project.app, *options)
    second = tomllib.loads(Path("clients/pyproject.toml").read_text())["project"]

    assert first["version"].startswith("0.0.0+")
    assert len(first["version"]) == len("0.0.0+") + 16
    assert (second["name"], second["version"]) == ("inventory-client", "0.1.0")
    assert second["dependencies"] == ["sanic-actions>=0.1,<0.2"]
    assert "- `buy`: Buy some." in Path("clients/README.md").read_text()
    assert json.loads(Path("clients/inventory_client/contract.json").read_text())["version"] == "0.1.0"
    assert Path("clients/inventory_client/contract.json").read_bytes() == Path("actions.lock.json").read_bytes()


def test_a_lock_at_a_revision_is_read(project: Project, said: Any) -> None:
    """``git:REVISION`` is the lock as it was there."""
    said("lock", project.app)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "actions.lock.json"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    project.change(", shop: str")

    assert said("diff", "git:HEAD", project.app)[0] == 1
    assert said("diff", "git:HEAD", "git:HEAD")[:2] == (0, "no changes\n")
    code, out, err = said("diff", "git:HEAD")
    assert (code, out) == (0, "no changes\n")
    assert "That was actions.lock.json. To compare an app as it stands, name it: sanic-actions diff git:HEAD" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diff", "missing.json"], "missing.json does not exist"),
        (["diff", "corrupt.json", "APP"], "corrupt.json is not a lock"),
        (["diff", "newer.json", "APP"], "Update sanic-actions"),
        (["diff", "git:", "APP"], "does not name a revision"),
        (["diff", "git:--output=x", "APP"], "does not name a revision"),
        (["diff", "git:nowhere", "APP"], "has no lock"),
        (["diff", "http://127.0.0.1:1", "APP"], "cannot be asked"),
        (["diff", "http://", "APP"], "cannot be asked"),
        (["diff", "nothing", "APP"], "does not say what to compare with"),
        (["lock", "APP", "--lock", "corrupt.json"], "corrupt.json is not a lock"),
        (["lock", "APP", "--lock", "newer.json"], "Update sanic-actions"),
        (["lock", "APP", "--lock", "other.json"], "it is the lock of the app 'other'"),
        (["lock", "APP", "--lock", "nowhere/actions.lock.json"], "nowhere is not a folder"),
        (["diff", "other.json", "APP", "--allow", "sell: why"], "names 'sell', which is not an action"),
        (["lock", "APP", "--allow", "buy"], 'is not "ACTION: reason"'),
        (["lock", "APP", "--allow", "sell: why"], "names 'sell', which is not an action"),
        (["generate", "APP", "--lock", "corrupt.json"], "corrupt.json is not a lock"),
        (["generate", "APP", "--lock", "other.json"], "it is the lock of the app 'other'"),
        (["check", "APP", "--lock", "newer.json"], "Update sanic-actions"),
        (["check", "APP", "--against", "missing.json"], "missing.json does not exist"),
        (["check", "APP", "--lock", "other.json", "--against", "missing.json"], "missing.json does not exist"),
        (["check", "APP", "--allow", "sell: why"], "names 'sell', which is not an action"),
        (["check", "--client", "actions"], "needs what to compare with"),
        (["check", "--client", ".", "--against", "other.json"], "is not a client package"),
        (["check", "APP", "--client", ".", "--against", "other.json"], "leave out MODULE:APP"),
        (["check", "--client", ".", "--out", "x", "--against", "other.json"], "leave out --out"),
    ],
)
def test_bad_input_is_one_message_and_nothing_is_written(
    project: Project, said: Any, arguments: list[str], message: str
) -> None:
    """Whatever is wrong with a lock, a revision, a server or the options: exit 2, one message, no file."""
    said("lock", project.app, "--lock", "other.json")
    other = json.loads(Path("other.json").read_text())
    Path("other.json").write_text(json.dumps(other | {"app": "other"}))
    Path("newer.json").write_text(json.dumps(other | {"format": 99}))
    Path("corrupt.json").write_text('{"format": 1')
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and path.suffix != ".pyc"}

    code, out, err = said(*[project.app if word == "APP" else word for word in arguments])

    assert code == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert after == before


def test_a_server_that_publishes_nothing_is_told_from_one_that_does(project: Project, said: Any, serve: Serve) -> None:
    """Whoever asks a server without ``contract=True`` reads how to publish it."""

    @action
    def buy(sku: str) -> int:
        return 1

    app = Sanic("shop")
    app.blueprint(ActionsBlueprint({"buy": buy}))

    code, _, err = said("diff", serve(app), project.app)

    assert code == 2
    assert "ActionsBlueprint(server, contract=True)" in err


FORGERIES: dict[str, dict[str, Any]] = {
    "a list for a type": {"output": [1]},
    "a number for a type": {"output": 5},
    "nothing for a type": {"output": {}},
    "a class that is not described": {"output": {"class": "shop.Order"}},
    "a class without a kind": {"output": {"class": "shop.Order"}, "outputs": {"shop.Order": {}}},
    "a class of another kind": {
        "output": {"class": "shop.Order"},
        "outputs": {"shop.Order": {"kind": "enum", "fields": {}}},
    },
    "a tuple without names": {
        "output": {"class": "shop.Order"},
        "outputs": {"shop.Order": {"kind": "named tuple", "tuple": ["int"], "names": []}},
    },
    "a field without a type": {"input": {"fields": {"sku": {}}}},
    "fields in a list": {"input": {"fields": [1]}},
    "an input that is a word": {"input": "sku"},
    "errors in a list": {"errors": ["Gone"]},
    "an error without a code": {"errors": {"Gone": {"class": "shop.Gone", "fields": {}}}},
    "no encodings": {"accept": None},
    "encodings that are numbers": {"accept": [1]},
    "a union in one word": {"output": {"union": "ab"}},
    "literals that are nothing": {"output": {"literal": None}},
    "bounds without a type": {"output": {"ge": 1, "le": 2}},
    "types 200 deep": {"output": json.loads('{"list":' * 200 + '"int"' + "}" * 200)},
    "a union of 5,000": {"output": {"union": [f"shop.C{number}" for number in range(5000)]}},
    "a version of two numbers": {"version": "1.2"},
    "a negative version": {"version": "1.-2.3"},
    "an endless version": {"version": "9" * 5000 + ".1.1"},
    "an app that is a number": {"app": 5},
    "reasons in a list": {"allowed": ["buy"]},
    "hashes that are numbers": {"serves": [1]},
    "hashes in one word": {"works_with": "abc"},
}


def forged(text: str, parts: dict[str, Any]) -> str:
    """Return the text of a lock with other parts, and with the hash that belongs to them."""
    data = json.loads(text)
    action = data["actions"]["buy"]
    for key, value in parts.items():
        holder = data if key in data or key == "allowed" else action
        holder[key] = value
    own = {key: value for key, value in action.items() if key not in ("hash", "serves", "works_with")}
    with contextlib.suppress(Exception):
        action["hash"] = Contract({"buy": own}, data["inputs"], data["outputs"]).hashes["buy"]
    return json.dumps(data)


@pytest.mark.parametrize("name", FORGERIES)
def test_a_lock_that_describes_nothing_is_refused(project: Project, said: Any, name: str) -> None:
    """Whoever forged it knew how to hash: what is not a description is one message, exit 2, and nothing is written."""
    said("lock", project.app)
    path = Path("actions.lock.json")
    path.write_text(forged(path.read_text(), FORGERIES[name]))
    before = path.read_bytes()

    for arguments in (["diff", "actions.lock.json"], ["lock"], ["generate"], ["check"]):
        code, out, err = said(*arguments, project.app)
        assert (code, out) == (2, ""), err
        assert "actions.lock.json is not a lock of sanic-actions" in err
    assert path.read_bytes() == before
    assert not Path("actions").exists()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"<html>", "Is it a server of sanic-actions?"),
        (b"{}", "Is it a server of sanic-actions?"),
        (b"\xff", "Is it a server of sanic-actions?"),
        (b"[" * 100_000, "Is it a server of sanic-actions?"),
        (b'{"format": 2}', "Update sanic-actions"),
    ],
    ids=["html", "empty", "binary", "deep", "newer"],
)
def test_a_server_that_is_not_ours_is_refused(
    project: Project, said: Any, serve: Serve, answer: bytes, message: str
) -> None:
    """Whatever stands at the address: one message, exit 2."""
    app = Sanic("stranger")

    @app.get("/_actions/contract.json")
    async def contract(request: Any) -> Any:
        return raw(answer)

    code, out, err = said("diff", serve(app), project.app)

    assert (code, out) == (2, "")
    assert message in err


def test_credentials_of_a_server_are_sent_and_not_printed(project: Project, said: Any, serve: Serve) -> None:
    """Credentials in a URL open a contract behind a proxy, and stand in no message."""
    said("lock", project.app)
    released = Path("actions.lock.json").read_bytes()
    app = Sanic("behind")

    @app.get("/_actions/contract.json")
    async def contract(request: Any) -> Any:
        is_known = request.headers.get("authorization") == "Basic Y2k6aHVudGVyMg=="
        return raw(released, 200 if is_known else 401)

    url = serve(app)
    project.change(", shop: str")
    said("lock", project.app)
    said("generate", project.app)
    for name, status in (("ci", 1), ("stranger", 2)):
        against = url.replace("//", f"//{name}:hunter2@")
        for command in (
            ["check", project.app, "--against", against],
            ["check", "--client", "actions", "--against", against],
            ["diff", against, project.app],
        ):
            code, out, err = said(*command)

            assert (code, "hunter2" in out + err) == (status, False), err
            assert status == 1 or "https://NAME:PASSWORD@" in err


def test_names_of_a_server_cannot_write_to_the_terminal(project: Project, said: Any) -> None:
    """Control characters in a contract are shown as escapes, in one line."""
    said("lock", project.app)
    Path("strange.json").write_text(forged(Path("actions.lock.json").read_text(), {"output": "\x1b[31mred\nline"}))

    _, out, _ = said("diff", "strange.json", project.app)

    assert "\\x1b[31mred\\nline became int" in out


GIT_USER = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")


def _git(*arguments: str) -> None:
    subprocess.run(["git", *GIT_USER, *arguments], check=True, capture_output=True, timeout=30)


def _commit(project: Project, said: Any, parameters: str, *more: str) -> str:
    """Commit the lock of a changed app, and return its version."""
    project.change(parameters, *more)
    assert said("lock", project.app)[0] == 0
    _git("add", "actions.lock.json")
    _git("commit", "-m", "change")
    return str(json.loads(Path("actions.lock.json").read_text())["version"])


def test_merged_branches_of_one_version_get_the_next_one(project: Project, said: Any) -> None:
    """A version stands for one contract, also where two branches have chosen the same and git has merged them."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    _git("checkout", "-b", "shops")
    versions = [_commit(project, said, ", shop: int = 1")]
    hashes = json.loads(Path("actions.lock.json").read_text())["actions"]["buy"]["hash"]
    _git("checkout", "-b", "counts", "main")
    versions.append(_commit(project, said, ", count: int = 1"))
    project.change(", shop: int = 1, count: int = 1")
    said("lock", project.app)
    # What git makes of both locks: everything of both, and the version on which they agree.
    text = Path("actions.lock.json").read_text()
    Path("actions.lock.json").write_text(text.replace('"version": "0.1.2"', '"version": "0.1.1"'))
    said("generate", project.app)

    code, _, err = said("check", project.app, "--against", "git:shops")
    command = f"sanic-actions lock {project.app} --against git:shops"

    assert versions == ["0.1.1", "0.1.1"]
    assert (code, "has version 0.1.1 like git:shops, and another contract" in err) == (1, True), err
    assert err.endswith(f"Run: {command}\n")
    assert said(*command.split()[1:])[1].splitlines()[-1] == "updated actions.lock.json 0.1.1 -> 0.1.2"
    assert hashes in json.loads(Path("actions.lock.json").read_text())["actions"]["buy"]["serves"]
    said("generate", project.app)
    assert said("check", project.app, "--against", "git:shops")[0] == 0
    assert said(*command.split()[1:])[1] == "unchanged actions.lock.json 0.1.2\n"


def _branches(project: Project, said: Any) -> None:
    """Make a branch for each of two actions; each has arrived at version 0.1.1 by itself."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    for name in ("ask", "sell"):
        _git("checkout", "-b", name, "main")
        assert _commit(project, said, "", name) == "0.1.1"


def _merge(project: Project) -> None:
    _git("merge", "--no-edit", "ask")


def _begin_merge(project: Project) -> None:
    _git("merge", "--no-commit", "--no-ff", "ask")


def _rebase(project: Project) -> None:
    _git("rebase", "ask")


def _squash(project: Project) -> None:
    _git("checkout", "ask")
    _git("merge", "--squash", "sell")


@pytest.mark.parametrize("join", [_merge, _begin_merge, _rebase, _squash])
def test_lock_sees_that_two_branches_took_one_version(project: Project, said: Any, join: Any) -> None:
    """However git joined them: the next version is after both, and a lock that follows says that nothing changed."""
    _branches(project, said)
    join(project)
    project.change("", "ask", "sell")
    assert '"version": "0.1.1"' in Path("actions.lock.json").read_text()
    said("generate", project.app)

    code, _, err = said("check", project.app)
    assert (code, "0.1.1, which git's history gives to another contract" in err) == (1, True), err
    assert err.endswith(f"Run: sanic-actions lock {project.app}\n")
    assert said("lock", project.app)[:2] == (0, "updated actions.lock.json 0.1.1 -> 0.1.2\n")
    assert said("lock", project.app)[:2] == (0, "unchanged actions.lock.json 0.1.2\n")
    _git("add", "actions.lock.json")
    _git("commit", "-m", "joined")
    assert said("lock", project.app)[:2] == (0, "unchanged actions.lock.json 0.1.2\n")
    said("generate", project.app)
    assert said("check", project.app)[0] == 0


def _revert(project: Project, said: Any) -> str:
    _commit(project, said, ", shop: int = 1")
    _git("revert", "--no-edit", "HEAD")
    project.change(", count: int = 1")
    return "updated actions.lock.json 0.1.0 -> 0.2.0"


def _lose(project: Project, said: Any) -> str:
    _commit(project, said, ", shop: int = 1")
    project.change(", count: int = 1")
    Path("actions.lock.json").unlink()
    return "created actions.lock.json 0.2.0"


def _revert_words(project: Project, said: Any) -> str:
    _describe(project, "tea")
    said("lock", project.app, "--patch")
    _git("commit", "-am", "tea")
    _git("revert", "--no-edit", "HEAD")
    _describe(project, "coffee")
    return "updated actions.lock.json 0.1.0 -> 0.1.2"


@pytest.mark.parametrize(
    ("undo", "options"), [(_revert, []), (_lose, []), (_revert_words, ["--patch"])], ids=["revert", "lose", "words"]
)
def test_version_that_history_gave_away_is_not_given_again(
    project: Project, said: Any, undo: Any, options: list[str]
) -> None:
    """What ``lock`` has written ``check`` accepts, also after a revert and without the lock before."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    line = undo(project, said)

    assert said("lock", project.app, *options)[1].splitlines()[-1] == line
    said("generate", project.app)
    _git("add", ".")
    _git("commit", "-m", "change")
    assert said("check", project.app)[::2] == (0, "")


def _describe(project: Project, *words: str, more: tuple[str, ...] = ()) -> None:
    """Change the docstring of the actions."""
    project.change("", *more)
    path = Path(f"{project.app.partition(':')[0]}.py")
    path.write_text(path.read_text().replace("Buy some.", " ".join(["Buy some.", *words])))


@pytest.mark.parametrize("joint", ["merge", "rebase"])
@pytest.mark.parametrize("more", [(), ("sell",)], ids=["words", "an action"])
def test_words_of_one_branch_and_what_another_changes_get_two_versions(
    project: Project, said: Any, joint: str, more: tuple[str, ...]
) -> None:
    """Where one branch raises the version for words, git cannot join the locks, and the remedy raises it again."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    _git("checkout", "-b", "tea", "main")
    _describe(project, "tea")
    assert said("lock", project.app, "--patch")[1] == "updated actions.lock.json 0.1.0 -> 0.1.1\n"
    _git("commit", "-am", "tea")
    _git("checkout", "-b", "coffee", "main")
    _describe(project, "coffee", more=more)
    said("lock", project.app, "--patch")
    _git("commit", "-am", "coffee")
    result = subprocess.run(["git", *GIT_USER, joint, "tea"], check=False, capture_output=True)
    _describe(project, "tea", "coffee", more=more)
    assert result.returncode == 1

    err = said("lock", project.app)[2]
    other = {"merge": "MERGE_HEAD", "rebase": "REBASE_HEAD"}[joint]
    assert f"git:{other}" in err
    _git(*err.split("'")[1].split()[1:])
    said("lock", project.app, "--against", f"git:{other}")

    assert '"version": "0.1.2"' in Path("actions.lock.json").read_text()
    said("generate", project.app)
    assert said("check", project.app, "--against", "git:tea")[0] == 0
    assert said("check", project.app, "--against", "git:coffee")[0] == 0


def test_version_of_other_words_is_not_taken_twice(project: Project, said: Any) -> None:
    """Check knows the words of a version, though the contract is the same."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    for name in ("tea", "coffee"):
        _git("checkout", "-b", name, "main")
        _describe(project, name)
        said("lock", project.app, "--patch")
        _git("commit", "-am", name)
    said("generate", project.app)

    code, _, err = said("check", project.app, "--against", "git:tea")

    assert (code, "has version 0.1.1 like git:tea, and other docstrings" in err) == (1, True), err
    command = err.rstrip().rpartition("sanic-actions ")[2]
    assert said(*command.split())[1] == "updated actions.lock.json 0.1.1 -> 0.1.2\n"
    said("generate", project.app)
    assert said("check", project.app, "--against", "git:tea")[0] == 0


@pytest.mark.parametrize("parameters", [", shop: str", ", shop: str, count: int = 1"], ids=["same", "changed"])
def test_version_does_not_go_back(project: Project, said: Any, parameters: str) -> None:
    """A lock that was made anew begins below the one that callers have, and ``check --against`` says so."""
    said("lock", project.app)
    project.change(", shop: str")
    said("lock", project.app, "--allow", "buy: nobody calls it")
    released = Path("actions.lock.json").rename("released.json")
    project.change(parameters)
    said("lock", project.app)
    said("generate", project.app)

    code, _, err = said("check", project.app, "--against", "released.json")
    command = f"sanic-actions lock {project.app} --against released.json"

    assert (code, "has version 0.1.0, below 0.2.0 of released.json" in err) == (1, True), err
    assert err.endswith(f"Run: {command}\n")
    assert said(*command.split()[1:])[0] == 0
    said("generate", project.app)
    assert said("check", project.app, "--against", "released.json")[0] == 0
    if "count" not in parameters:
        assert Path("actions.lock.json").read_text() == released.read_text(), "reasons included"


def test_damaged_lock_goes_on_where_it_was(project: Project, said: Any) -> None:
    """The remedy for a lock that cannot be read keeps its version and its reasons."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    _commit(project, said, ", shop: str")
    text = Path("actions.lock.json").read_text()
    Path("actions.lock.json").write_text(f"<<<<<<< HEAD\n{text}")

    err = said("lock", project.app)[2]
    Path("actions.lock.json").unlink()
    command = err.strip().partition("delete it and run: sanic-actions ")[2]

    assert said(*command.split()[:1], project.app, *command.split()[1:])[:2] == (0, "created actions.lock.json 0.2.0\n")
    assert Path("actions.lock.json").read_text() == text


@pytest.mark.parametrize("damage", ["<<<<<<< HEAD\n{}", "{}}}", "{}"], ids=["conflict", "not JSON", "changed by hand"])
def test_damaged_lock_that_is_committed(project: Project, said: Any, damage: str) -> None:
    """A revision whose lock cannot be read is not the way out of itself: an older one is named, or a new lock."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    text = Path("actions.lock.json").read_text()
    Path("actions.lock.json").write_text(damage.format(text.replace('"sku"', '"name"')))
    _git("commit", "-am", "damage")
    Path("actions.lock.json").unlink()

    code, _, err = said("lock", project.app, "--against", "git:HEAD")

    assert (code, "git:HEAD~1" in err, "--against git:HEAD\n" in err) == (2, True, False), err
    assert "git checkout" not in err
    assert err.endswith("or delete the file and write a new one: sanic-actions lock\n")
    assert said("lock", project.app, "--against", "git:HEAD~1")[:2] == (0, "created actions.lock.json 0.1.0\n")
    Path("actions.lock.json").unlink()
    assert said("lock", project.app)[:2] == (0, "created actions.lock.json 0.1.0\n")


@pytest.mark.parametrize(("level", "verdict"), [("wire", "dangerous"), ("source", "breaking in source")])
@pytest.mark.parametrize("form", ["text", "github"])
def test_verdict_is_that_of_the_level(project: Project, said: Any, form: str, level: str, verdict: str) -> None:
    """A line of ``diff`` and of ``check`` says what the change does to the callers that count."""
    project.change(", count: int = 1")
    said("lock", project.app)
    said("generate", project.app)
    Path("released.json").write_bytes(Path("actions.lock.json").read_bytes())
    project.change(", number: int = 1")

    code, out, _ = said("diff", "released.json", project.app, "--level", level, "--format", form)

    assert code == int(level == "source")
    assert f"({verdict})" in out
    assert ("breaking in source" in out) == (level == "source")
    for options in ((project.app,), ("--client", "actions")):
        against = ("actions.lock.json", project.app)[len(options) - 1]
        assert f"({verdict})" in said("check", *options, "--against", against, "--level", level)[1]


def _named_lock(project: Project, name: str) -> None:
    text = f'[tool.sanic-actions]\napp = "{project.app}"\nlock = "{name}"\n'
    (project.folder / "pyproject.toml").write_text(text)


@pytest.mark.parametrize("name", ["actions.lock.json", "other.json"])
def test_lock_that_is_named_and_was_never_written(project: Project, said: Any, name: str) -> None:
    """What pyproject.toml names has to be there: ``check`` fails, and its command writes that file."""
    _named_lock(project, name)
    code, _, warning = said("generate")
    failure = said("check")
    line = f"{name} does not exist. Write it with: "
    command = warning.partition(line)[2].partition("\n")[0]

    assert (code, failure[0]) == (0, 1)
    assert line in failure[2]
    assert said(*shlex.split(command)[1:])[:2] == (0, f"created {name} 0.1.0\n")
    assert said("generate")[0] == 0
    assert said("check")[::2] == (0, "")


@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize("against", [[], ["--against", "git:main"]])
def test_lock_that_got_lost_goes_on_where_it_was(
    project: Project, said: Any, is_named: bool, against: list[str]
) -> None:
    """A lock that git has and the folder has not fails ``check``, and the command keeps its version."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    _commit(project, said, ", shop: str")
    if is_named:
        _named_lock(project, "actions.lock.json")
    Path("actions.lock.json").unlink()
    said("generate", project.app)

    code, _, err = said("check", project.app, *against)
    command = err.partition("does not exist. Write it with: ")[2].partition("\n")[0]

    if not is_named and not against:
        assert (code, err) == (0, ""), "nothing says that there is to be a lock"
        return
    assert code == 1
    assert said(*shlex.split(command)[1:])[:2] == (0, "created actions.lock.json 0.2.0\n")


@pytest.mark.parametrize("name", ["actions.lock.json", "a file.json"])
def test_lock_to_compare_with_is_written_by_the_command_of_the_message(project: Project, said: Any, name: str) -> None:
    """The command for a lock that is not there names the file if it is not the usual one."""
    code, _, err = said("diff", name, project.app)
    command = err.strip().partition("Write it with: ")[2].replace("MODULE:APP", project.app)

    assert code == 2
    assert said(*shlex.split(command)[1:])[0] == 0
    assert said("diff", name, project.app)[0] == 0


def test_conflict_between_two_versions_is_merged_as_the_message_says(project: Project, said: Any) -> None:
    """Where git cannot merge two locks, the commands that the message names lead to a version above both."""
    _git("init", "-b", "main")
    _commit(project, said, "")
    _git("switch", "-c", "other")
    _commit(project, said, ", shop: str")
    _git("switch", "main")
    _commit(project, said, ", count: int = 1")
    merge = subprocess.run(["git", *GIT_USER, "merge", "other"], check=False, capture_output=True)
    project.change(", shop: str, count: int = 1")
    assert merge.returncode == 1

    err = said("lock", project.app)[2]
    for command in err.split("'")[1:4:2]:
        tool, verb, *words = command.split()
        if tool == "git":
            _git(verb, *words)
        else:
            assert said(verb, project.app, *words)[0] == 0

    version = json.loads(Path("actions.lock.json").read_text())["version"]
    assert version == "0.2.1", "above 0.1.1 of this branch and 0.2.0 of the other"


def test_version_can_be_raised_for_words_alone(project: Project, said: Any) -> None:
    """``--patch`` raises the last number, and not a second time what a change has raised already."""
    assert said("lock", project.app, "--patch")[1] == "created actions.lock.json 0.1.0\n"
    assert said("lock", project.app, "--patch")[1] == "updated actions.lock.json 0.1.0 -> 0.1.1\n"
    assert said("lock", project.app)[1] == "unchanged actions.lock.json 0.1.1\n"

    project.change(", count: int = 1")
    assert said("lock", project.app, "--patch")[1].splitlines()[-1] == "updated actions.lock.json 0.1.1 -> 0.1.2"


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        (
            "svc ä b/shop:app",
            "write shop:APP, and run the command where Python can import that: cd 'svc ä b'\n",
        ),
        ("my svc/shop/app.py:app", "write shop.app:APP, and run the command where"),
        ("shop/my-app.py:app", "rename it, since 'my-app' is not a name that Python imports.\n"),
        ("bücher/shop.py:app", "write bücher.shop:APP.\n"),
    ],
)
def test_path_in_place_of_a_module_is_advised_what_python_can_import(
    project: Project, said: Any, target: str, advice: str
) -> None:
    """A folder whose name is not one of Python's is where to run the command, not a part of the module."""
    code, _, err = said("check", target)

    assert code == 2
    assert advice in err


def test_printed_command_is_quoted_for_a_shell(project: Project, said: Any) -> None:
    """The path of a lock with a blank stays one argument of the command that mends it."""
    Path("my locks").mkdir()
    said("lock", project.app, "--lock", "my locks/shop.json")
    project.change(", count: int = 1")

    err = said("generate", project.app, "--lock", "my locks/shop.json")[2]

    assert f"Run: sanic-actions lock {project.app} --lock 'my locks/shop.json'\n" in err


TREES = """
from sanic import Sanic
from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint

@action
def buy(sku: str) -> int: ...

@action
def sell(sku: str{parameters}) -> int: ...

def make():
    app = Sanic("{name}")
    app.blueprint(ActionsBlueprint(Namespace(buy=buy), name="a", {first}))
    app.blueprint(ActionsBlueprint(Namespace(sell=sell), name="b", {second}))
    return app
"""
CLIENTS = """
[tool.sanic-actions]
app = "{app}"
[[tool.sanic-actions.clients]]
package = "a_client"
lock = "a.lock.json"
{first}
[[tool.sanic-actions.clients]]
package = "b_client"
lock = "{lock}"
{second}
"""
PLACES = [("prefix='/a'", "prefix='/b'"), ("host='a.example'", "host='b.example'")]


def _two_trees(places: tuple[str, str], parameters: str = "", lock: str = "b.lock.json") -> str:
    """Write an app with two trees, and the settings of a client for each; return its name."""
    name = f"trees_{next(NUMBERS)}"
    first, second = places
    Path(f"{name}.py").write_text(TREES.format(name=name, parameters=parameters, first=first, second=second))
    first, second = (place.replace("=", " = ") for place in places)
    Path("pyproject.toml").write_text(CLIENTS.format(app=f"{name}:make", first=first, second=second, lock=lock))
    return name


@pytest.mark.parametrize("places", PLACES, ids=["prefix", "host"])
def test_each_tree_of_an_app_has_its_lock(project: Project, said: Any, places: tuple[str, str]) -> None:
    """Commands without arguments do all that is configured; an option of one tree never meets another one's lock."""
    option, value = places[1].replace("'", "").split("=")
    _git("init", "-b", "main")
    name = _two_trees(places)
    written = said("lock")[1]
    assert written == "created a.lock.json 0.1.0\ncreated b.lock.json 0.1.0\n"
    for command in (("generate",), ("check",)):
        assert said(*command)[0] == 0
    _git("add", ".")
    _git("commit", "-m", "first")
    untouched = Path("a.lock.json").read_bytes()

    newer = _two_trees(places, ", count: int")
    for lock in ("a.lock.json", "b.lock.json"):
        Path(lock).write_text(Path(lock).read_text().replace(name, newer))
    code, out, err = said("check")
    command = err.splitlines()[-2].partition("Run: ")[2]

    assert (code, "sell input.count: the field was added, required" in out) == (1, True), out + err
    assert command == f"sanic-actions lock {newer}:make --lock b.lock.json --{option} {value}"
    assert "names several locks: a.lock.json, b.lock.json. Choose one with --lock." in said("diff", "git:HEAD")[2]
    assert said("diff", "b.lock.json", f"{newer}:make", f"--{option}", value)[0] == 1
    assert said("lock", f"--{option}", value)[1].splitlines()[-1] == "updated b.lock.json 0.1.0 -> 0.2.0"
    assert Path("a.lock.json").read_bytes().replace(newer.encode(), name.encode()) == untouched
    assert said("lock")[1] == "unchanged a.lock.json 0.1.0\nunchanged b.lock.json 0.2.0\n"
    assert said("lock", f"--{option}", "/other")[0] == 2


def test_two_trees_cannot_have_one_lock(project: Project, said: Any) -> None:
    """Each would overwrite what the other has written."""
    _two_trees(PLACES[0], lock="a.lock.json")

    code, _, err = said("lock")

    assert (code, "names a.lock.json for two trees of actions, of a_client and of b_client" in err) == (2, True)
    assert not Path("a.lock.json").exists()


MAKERS = """
from dataclasses import dataclass, field
from sanic import Sanic
from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint

@action
def buy(sku: str) -> int: ...

class Maker:
    def __call__(self):
        app = Sanic("{name}")
        app.blueprint(ActionsBlueprint(Namespace(buy=buy)))
        return app

    def make(self):
        return self()

@dataclass
class Unhashable(Maker):
    name: str = ""

@dataclass(frozen=True)
class Deep(Maker):
    names: list = field(default_factory=list)

plain, unhashable, deep = Maker(), Unhashable(), Deep()
"""


@pytest.mark.parametrize("maker", ["plain", "plain.make", "unhashable", "deep"])
def test_a_factory_is_any_callable_and_is_called_once(project: Project, said: Any, maker: str) -> None:
    """An object with ``__call__`` makes the app of several clients, also one that has no hash."""
    name = f"makers_{next(NUMBERS)}"
    Path(f"{name}.py").write_text(MAKERS.replace("{name}", name))
    settings = CLIENTS.format(app=f"{name}:{maker}", first="", second="", lock="b.lock.json")
    Path("pyproject.toml").write_text(settings)

    code, out, err = said("lock")

    assert (code, out) == (0, "created a.lock.json 0.1.0\ncreated b.lock.json 0.1.0\n"), err


@pytest.mark.parametrize("options", [[], ["--package", "other_client"]])
def test_settings_without_an_app_are_those_of_the_named_one(project: Project, said: Any, options: list[str]) -> None:
    """A pyproject.toml can say all but the app, which the command line then does."""
    Path("pyproject.toml").write_text('[tool.sanic-actions]\nlock = "contract.lock.json"\nout = "clients"\n')

    assert said("lock", project.app)[1] == "created contract.lock.json 0.1.0\n"
    assert said("generate", project.app, *options)[0] == 0
    assert said("check", project.app, *options)[::2] == (0, "")
    package, *_ = (*options[1:], DEFAULT_PACKAGE)
    assert Path("clients", package).is_dir()
    project.change(", count: int = 1")
    assert f"Next: sanic-actions generate {project.app}" in said("lock", project.app)[2] or options


FILES = """
from pydantic import BaseModel
from sanic_actions import Namespace, UploadedFile, action

class Row(BaseModel):
    scan: UploadedFile

@action(accept="form")
def send(rows: list[Row]) -> None: ...

server = Namespace(send=send)
"""


def test_version_is_raised_without_a_package(project: Project, said: Any) -> None:
    """The lock of actions that only pages call has a next version too, though no package says anything of them."""
    name = f"files_{next(NUMBERS)}"
    Path(f"{name}.py").write_text(FILES)
    said("lock", f"{name}:server")

    assert said("lock", f"{name}:server", "--patch") == (0, "updated actions.lock.json 0.1.0 -> 0.1.1\n", "")
