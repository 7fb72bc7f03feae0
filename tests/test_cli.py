"""The command line as its users see it: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from sanic_actions._cli import loading
from sanic_actions._cli.package_name import NEEDED
from sanic_actions._cli.trial import try_import
from sanic_actions._cli.usage_error import UsageError

APP = '''
from sanic import Sanic
from sanic_actions import Namespace, action
from sanic_actions.server import ActionsBlueprint
from models import Likes

@action
def like(post_id: str) -> Likes:
    """Like a post."""
    return Likes(likes=1)

server = Namespace(like=like)
plain = {"blog": {"like": like}}
app = Sanic("blog")
app.blueprint(ActionsBlueprint(server, prefix="/api"))

def make():
    made = Sanic("made")
    made.blueprint(ActionsBlueprint(server))
    return made

def fail():
    raise RuntimeError("no database")

def configured(database, *, debug=False):
    return make()

def leaves():
    raise SystemExit("no configuration")

async def waits():
    return app

def forgets():
    make()

empty = Sanic("empty")
two = Sanic("two")
two.blueprint(ActionsBlueprint(server, prefix="/one"))
two.blueprint(ActionsBlueprint(server, prefix="/two"))
hosts = Sanic("hosts")
hosts.blueprint(ActionsBlueprint(server, name="a", host="a.example"))
hosts.blueprint(ActionsBlueprint(plain, name="b", host="b.example"))
tenants = Sanic("tenants")
tenants.blueprint(ActionsBlueprint(server, url_prefix="/<tenant>"))
number = 3
print("the app talks")
'''
RUNS = "from shop import app\n\napp.run(port=1, single_process=True)\n"
MODELS = "from pydantic import BaseModel\n\nclass Likes(BaseModel):\n    likes: int\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an app."""
    (tmp_path / "shop.py").write_text(APP)
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "runs.py").write_text(RUNS)
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the project."""
    command = [sys.executable, "-m", "sanic_actions", *arguments]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command,
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refused(project: Path, *arguments: str) -> str:
    """What a command says that cannot be done: exit 2, nothing on stdout, nothing of our own machinery."""
    done = run(project, *arguments)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert "cyclopts" not in done.stderr
    assert "sanic_actions/_" not in done.stderr
    return done.stderr


def files(project: Path) -> dict[str, bytes]:
    """Everything in the output folder."""
    out = project / "out"
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_generate_then_check_then_change_then_check(project: Path) -> None:
    """Written is 0, current is 0, out of date is 1 and says which action; only what changed is written."""
    first = run(project, "generate", "shop:app", "--out", "out")
    assert first.returncode == 0, first.stderr
    assert "created out/actions/__init__.pyi\n" in first.stdout
    assert first.stdout.splitlines()[-1] == "8 files: 8 created"
    assert "_prefix = '/api'" in (project / "out/actions/__init__.py").read_text()

    current = run(project, "check", "shop:app", "--out", "out")
    assert (current.returncode, current.stdout.splitlines()[-1]) == (0, "8 files: 8 unchanged")

    (project / "models.py").write_text(MODELS + "    more: str = ''\n")
    untouched = (project / "out/actions/models/__init__.py").stat().st_mtime_ns
    drift = run(project, "check", "shop:app", "--out", "out")
    assert drift.returncode == 1
    assert drift.stdout.splitlines()[0].startswith("like output.more: ")
    assert "would update out/actions/models/models.py\n" in drift.stdout
    assert drift.stdout.splitlines()[-1] == "8 files: 5 to update, 3 unchanged"
    assert "out of date" in drift.stderr

    again = run(project, "generate", "shop:app", "--out", "out")
    assert again.stdout.splitlines()[-1] == "8 files: 5 updated, 3 unchanged"
    assert (project / "out/actions/models/__init__.py").stat().st_mtime_ns == untouched


def test_line_ends_of_windows_are_no_difference(project: Path) -> None:
    """What git checked out with CRLF is current: nothing is written, neither of the package nor of the lock."""
    for command in (("lock", "shop:app"), ("generate", "shop:app", "--out", "out")):
        assert run(project, *command).returncode == 0
    paths = [project / "actions.lock.json", *(path for path in (project / "out").rglob("*") if path.is_file())]
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    contents = [path.read_bytes() for path in paths]

    current = run(project, "check", "shop:app", "--out", "out")
    again = run(project, "generate", "shop:app", "--out", "out")
    lock = run(project, "lock", "shop:app")

    assert (current.returncode, current.stdout.splitlines()[-1]) == (0, "8 files: 8 unchanged")
    assert again.stdout.splitlines()[-1] == "8 files: 8 unchanged"
    assert lock.stdout.startswith("unchanged ")
    assert [path.read_bytes() for path in paths] == contents


def test_a_package_grows_in_the_current_folder(project: Path) -> None:
    """What is tried before it is written is the new package, not the one that stands in the current folder."""
    (project / "grown.py").write_text(
        "from pydantic import BaseModel\nfrom sanic_actions import Namespace, action\n"
        "class Tea(BaseModel):\n    name: str\n"
        "@action\nasync def count() -> int: return 1\n"
        "@action\nasync def first() -> Tea: return Tea(name='assam')\n"
        "small = Namespace(count=count)\nlarge = Namespace(count=count, teas=Namespace(first=first))\n"
    )

    assert run(project, "generate", "grown:small").returncode == 0
    assert run(project, "generate", "grown:large").stderr == ""


def test_check_of_nothing_writes_nothing(project: Path) -> None:
    """Check only looks."""
    done = run(project, "check", "shop:app", "--out", "out")

    assert done.returncode == 1
    assert "would create out/actions/__init__.py\n" in done.stdout
    assert not (project / "out").exists()


@pytest.mark.parametrize("target", ["shop:make", "shop:server", "shop:plain"])
def test_target_is_a_factory_a_namespace_or_a_mapping_too(project: Path, target: str) -> None:
    """Whatever holds actions will do."""
    done = run(project, "generate", target, "--out", "out", "--package", "client", "--pyproject")

    assert done.returncode == 0, done.stderr
    assert {"client/__init__.py", "client/py.typed", "pyproject.toml"} <= files(project).keys()


def test_what_an_app_prints_is_no_product(project: Path) -> None:
    """The app's own output goes to stderr."""
    done = run(project, "check", "shop:server", "--out", "out")

    assert "the app talks" in done.stderr
    assert "the app talks" not in done.stdout


def test_what_an_app_starts_is_no_product_either(project: Path) -> None:
    """The output of a program goes to stderr too, and a thread that does not end keeps no command from ending.

    What is registered for the end runs.
    """
    (project / "busy.py").write_text(
        "import atexit, os, subprocess, sys, threading\n"
        "atexit.register(os.write, 2, b'the app cleans')\n"
        "subprocess.run([sys.executable, '-c', 'print(\"a program talks\")'], timeout=30)\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "from shop import app\n"
    )

    done = run(project, "check", "busy:app", "--out", "out")

    assert done.returncode == 1
    assert "a program talks" in done.stderr
    assert done.stderr.endswith("the app cleans")
    assert done.stdout.splitlines()[-1].endswith("to create")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop"], "is not MODULE:APP"),
        (["http://127.0.0.1:8000"], "is a URL, and this command imports the app: write MODULE:APP"),
        (["shpo:app"], "Did you mean 'shop'?"),
        (["shop.py:app"], "write shop:APP."),
        (["src/shop.py:app"], "write src.shop:APP."),
        (["shop:ap"], "Did you mean 'app'?"),
        (["shop:configured"], "shop:configured needs 'database'. Give a function without arguments"),
        (["shop:app", "--package", "json"], "Python's own module 'json' could not be imported"),
        (
            ["shop:app", "--package", "pydantic"],
            "the package 'pydantic', which sanic_actions needs, could not be imported",
        ),
        (["shop:leaves"], "SystemExit: no configuration"),
        (["shop:waits"], "shop:waits is an async function, and no event loop runs here. Write it with 'def'."),
        (["shop:forgets"], "shop:forgets returned None. End it with: return app"),
        (["shop:app", "--package"], "--package needs a value"),
        (["shop:number"], "It must be a Sanic app"),
        (["shop:empty"], "serves no actions"),
        (["shop:two"], "--prefix /one\n  --prefix /two"),
        (["shop:hosts"], "--prefix /_actions --host a.example\n  --prefix /_actions --host b.example\n"),
        (["shop:hosts", "--host", "c.example"], "on the host 'c.example', but on a.example, b.example"),
        (["shop:tenants"], 'shop:server --prefix /_actions\n    Client("https://host/acme")'),
        (["runs:app"], "starts its server when it is imported"),
        (["shop:two", "--prefix", "/three"], "at /one, /two"),
        (["shop:fail"], "RuntimeError: no database"),
        (["shop:app", "--package", "../x"], "not a name for a package"),
        (["shop:app", "--package", "a.b"], "not a name for a package"),
        (["shop:app", "--python", "2.7"], "--python 2.7"),
        (["shop:app", "--nope"], "--nope"),
        (["shop:app", "--share", "modles"], "nothing to share. Modules: models."),
        ([], "MODULE:APP is missing. Name the app, such as blog.app:app, or write it into pyproject.toml"),
    ],
)
def test_wrong_usage_is_one_clear_message(project: Path, arguments: list[str], said: str) -> None:
    """Exit 2, what and how to fix it, nothing written."""
    assert said in refused(project, "generate", *arguments, "--out", "out")
    assert not (project / "out").exists()


def test_prefix_chooses_among_several_trees(project: Path) -> None:
    """One package is for one tree."""
    assert run(project, "generate", "shop:two", "--out", "out", "--prefix", "/two").returncode == 0
    assert "_prefix = '/two'" in (project / "out/actions/__init__.py").read_text()


def test_app_that_does_not_import_shows_the_users_own_traceback(project: Path) -> None:
    """The last lines of it, without ours."""
    (project / "broken.py").write_text("import shop\n\ndef deep():\n    return 1 / 0\n\ndeep()\n")
    told = refused(project, "generate", "broken:app", "--out", "out")

    assert "broken cannot be imported" in told
    assert "return 1 / 0" in told
    assert told.rstrip().endswith("ZeroDivisionError: division by zero")
    (project / "needs.py").write_text("import nothing_of_this_name\n")
    assert "nothing_of_this_name" in refused(project, "generate", "needs:app", "--out", "out")


@pytest.mark.parametrize(
    ("files", "remedy"),
    [
        ({"web": "import deeds\nSTOCK = {}\n", "deeds": "from web import STOCK\n"}, "web is still being imported"),
        ({"web": "import deeds\nSTOCK = {}\n", "deeds": "import web\nweb.STOCK\n"}, "web is still being imported"),
        ({"web": "import os\nos.environ['SHOP_DB']\n"}, "The environment variable 'SHOP_DB' is not set here."),
        ({"web": "import os\ndef app():\n    return os.environ['SHOP_DB']\n"}, "variable 'SHOP_DB' is not set here."),
    ],
)
def test_traceback_of_a_new_set_up_says_what_to_do(project: Path, files: dict[str, str], remedy: str) -> None:
    """A circle of imports and a variable that is not set end with what to do, below the user's own lines."""
    for name, text in files.items():
        (project / f"{name}.py").write_text(text)

    assert remedy in refused(project, "generate", "web:app", "--out", "out").splitlines()[-1]


def test_damaged_lock_of_an_app_is_one_sentence(project: Path) -> None:
    """The blueprint reads its lock when the app is imported; where that fails, no traceback stands above the remedy."""
    (project / "own.lock.json").write_text("{")
    (project / "locked.py").write_text(
        "from shop import *\napp = Sanic('locked')\napp.blueprint(ActionsBlueprint(server, lock='own.lock.json'))\n"
    )
    told = refused(project, "list", "locked:app")

    assert "own.lock.json is not a lock of sanic-actions" in told.splitlines()[-1]
    assert "Traceback" not in told


def test_traceback_leaves_out_what_is_installed(project: Path) -> None:
    """However deep a library is when it fails, the user's own lines are there, and the line that raised."""
    model = "from pydantic import BaseModel\n\nclass Cart(BaseModel):\n    owner: 'list[object(1)]'\n"
    (project / "cart.py").write_text(model)
    (project / "broken.py").write_text("import cart\n")
    told = refused(project, "generate", "broken:app", "--out", "out")

    assert "import cart" in told
    assert "class Cart(BaseModel):" in told
    assert told.count("site-packages") <= 1


def test_names_of_dependencies_are_taken() -> None:
    """What clients and the server need to import, a generated package does not hide."""
    project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text())["project"]
    extras = (needed for name in ("fast", "server", "redis") for needed in project["optional-dependencies"][name])

    assert {re.split(r"[^\w]", needed)[0] for needed in (*project["dependencies"], *extras)} <= NEEDED


def test_definition_errors_come_all_together(project: Path) -> None:
    """They are told as they are, without a traceback."""
    (project / "wrong.py").write_text(
        "from sanic_actions import action\n\n@action\ndef one(a): ...\n\n@action\ndef two() -> object: ...\n"
        "server = {'one': one, 'two': two}\n"
    )
    told = refused(project, "check", "wrong:server", "--out", "out")

    assert "Action 'one' (wrong.py:3)" in told
    assert "Action 'two' (wrong.py:6)" in told
    assert "Traceback" not in told


def test_check_reports_errors_that_are_raised_and_not_declared(project: Path) -> None:
    """A handler that raises a typed error without declaring it fails the check, with file and line."""
    text = (project / "shop.py").read_text().replace("    return Likes(likes=1)", "    raise Gone")
    error = "from sanic_actions import ActionError\n\nclass Gone(ActionError, code='GONE'):\n    pass\n"
    (project / "shop.py").write_text(error + text)
    assert run(project, "generate", "shop:app", "--out", "out").returncode == 0

    done = run(project, "check", "shop:app", "--out", "out")

    assert done.returncode == 1
    assert f"'like' (shop.py:{(error + text).splitlines().index('    raise Gone') + 1}): it raises Gone" in done.stderr
    assert "out of date" not in done.stderr


def test_somebody_elses_package_is_never_touched(project: Path) -> None:
    """A package without our first line is refused, and stays as it is."""
    theirs = project / "out/actions"
    theirs.mkdir(parents=True)
    (theirs / "__init__.py").write_text("mine = 1\n")
    before = files(project)

    assert "was not written by sanic-actions" in refused(project, "generate", "shop:app", "--out", "out")
    assert files(project) == before


def test_foreign_pyproject_is_never_touched(project: Path) -> None:
    """Nor is a pyproject.toml of somebody else's, and nothing else is written then."""
    (project / "out").mkdir()
    (project / "out/pyproject.toml").write_text("[project]\n")

    assert "pyproject.toml was not" in refused(project, "generate", "shop:app", "--out", "out", "--pyproject")
    assert files(project) == {"pyproject.toml": b"[project]\n"}


def test_symbolic_links_are_refused(project: Path) -> None:
    """What a link points to is not ours."""
    (project / "elsewhere").mkdir()
    (project / "out").mkdir()
    (project / "out/actions").symlink_to(project / "elsewhere")
    assert "symbolic link" in refused(project, "generate", "shop:app", "--out", "out")

    (project / "link").symlink_to(project / "elsewhere")
    assert "symbolic link" in refused(project, "generate", "shop:app", "--out", "link")
    assert not list((project / "elsewhere").iterdir())


def test_file_in_the_place_of_the_folder_is_refused(project: Path) -> None:
    """A folder is needed."""
    (project / "out").write_text("x")

    assert "is a file" in refused(project, "generate", "shop:app", "--out", "out")
    assert (project / "out").read_text() == "x"


def test_folder_that_cannot_be_written_is_told_without_a_traceback(project: Path) -> None:
    """The error of the system, with the path, in one line."""
    told = refused(project, "generate", "shop:app", "--out", "/proc/nothing/here")

    assert "cannot be written" in told
    assert "Traceback" not in told


def test_stale_files_of_ours_are_removed_and_others_are_left(project: Path) -> None:
    """A namespace that is gone leaves no file; what we did not write stays."""
    run(project, "generate", "shop:plain", "--out", "out")
    (project / "out/actions/notes.txt").write_text("mine")
    assert "actions/_calls/blog.py" in files(project)

    done = run(project, "generate", "shop:server", "--out", "out")
    assert "removed out/actions/_calls/blog.py\n" in done.stdout
    assert not (project / "out/actions/_calls").exists()
    assert "actions/notes.txt" in files(project)


def test_half_written_package_of_ours_is_completed(project: Path) -> None:
    """Files that an interrupted run left are ours, even without the root of the package."""
    run(project, "generate", "shop:app", "--out", "out")
    whole = files(project)
    for name in ("__init__.py", "__init__.pyi"):
        (project / "out/actions" / name).unlink()

    assert run(project, "generate", "shop:app", "--out", "out").returncode == 0
    assert files(project) == whole


BREAK = """
import os, pathlib, sys
from sanic_actions.__main__ import main
replace, left = pathlib.Path.replace, {left}
def breaking(self, target):
    global left
    left -= 1
    if left < 0:
        {how}
    return replace(self, target)
pathlib.Path.replace = breaking
sys.exit(main(["generate", "shop:app", "--out", "out"]))
"""


def broken(project: Path, left: int, how: str) -> subprocess.CompletedProcess[str]:
    """Generate, and break it after some files are in place."""
    command = [sys.executable, "-c", BREAK.format(left=left, how=how)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("left", [0, 1, 3])
def test_old_package_stays_whole_when_a_file_cannot_be_put_in_place(project: Path, left: int) -> None:
    """What was changed before the failure is undone, and the message is one line."""
    run(project, "generate", "shop:app", "--out", "out")
    before = files(project)
    (project / "models.py").write_text(MODELS + "    more: str = ''\n")
    done = broken(project, left, "left = 99; raise OSError(28, 'No space left on device', str(self))")

    assert (done.returncode, done.stdout) == (2, "")
    assert "No space left on device" in done.stderr.splitlines()[-1]
    assert files(project) == before


@pytest.mark.parametrize("command", ["generate", "check", "list", "openapi"])
def test_missing_app_is_named_with_what_to_write(project: Path, command: str) -> None:
    """Without an app, on the command line or in pyproject.toml, there is nothing to do."""
    told = refused(project, command)

    assert told.startswith("MODULE:APP is missing.")
    assert '[tool.sanic-actions]\napp = "blog.app:app"' in told


@pytest.mark.parametrize("left", [0, 1, 3])
def test_killed_run_is_told_by_check_and_completed_by_the_next(project: Path, left: int) -> None:
    """A process that dies between two files leaves a package that the next run takes for ours and completes."""
    run(project, "generate", "shop:app", "--out", "out")
    (project / "models.py").write_text(MODELS + "    more: str = ''\n")
    assert broken(project, left, "os._exit(9)").returncode == 9

    assert run(project, "check", "shop:app", "--out", "out").returncode == 1
    for folder in (project / "out").glob(".sanic-actions-*"):
        os.utime(folder, (0, 0))
    assert run(project, "generate", "shop:app", "--out", "out").returncode == 0
    assert run(project, "check", "shop:app", "--out", "out").returncode == 0
    assert not list((project / "out").glob(".sanic-actions-*"))


@pytest.mark.parametrize("content", [{}, {"0": "x"}, {"generated-by-sanic-actions": "mine", "notes.txt": "x"}])
def test_folder_of_somebody_else_with_our_prefix_is_left(project: Path, content: dict[str, str]) -> None:
    """An old folder whose name begins as ours do is removed only when a run of ours made it."""
    theirs = project / "out/.sanic-actions-notes"
    theirs.mkdir(parents=True)
    for name, text in content.items():
        (theirs / name).write_text(text)
    os.utime(theirs, (0, 0))
    before = files(project)

    assert run(project, "generate", "shop:app", "--out", "out").returncode == 0
    assert theirs.is_dir()
    assert {path: text for path, text in files(project).items() if path in before} == before


def test_files_that_are_not_compiled_from_ours_are_left(project: Path) -> None:
    """A folder that lost its last module stays when something else is in it, in its cache too."""
    run(project, "generate", "shop:plain", "--out", "out")
    cache = project / "out/actions/_calls/__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "notes.txt").write_text("mine")

    assert run(project, "generate", "shop:server", "--out", "out").returncode == 0
    assert (cache / "notes.txt").read_text() == "mine"


def test_folder_in_the_place_of_a_file_is_told(project: Path) -> None:
    """A folder that is called like one of the files is not ours to remove."""
    (project / "out/actions/__init__.pyi").mkdir(parents=True)

    assert "out/actions/__init__.pyi" in refused(project, "generate", "shop:app", "--out", "out")
    assert files(project) == {}


def test_missing_extra_is_told_with_the_line_that_installs_it(project: Path) -> None:
    """A base install has the script, and nothing that it needs."""
    code = (
        "import sys\nfor name in ('cyclopts', 'sanic'): sys.modules[name] = None\n"
        "from sanic_actions.__main__ import main\nsys.exit(main(['generate']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "pip install 'sanic-actions[server]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["sanic", "html5tagger"])
def test_command_that_imports_an_app_needs_the_extra_of_the_server(project: Path, missing: str) -> None:
    """Where the command line is installed and a package of the server is not, the message names the right extra."""
    (project / "needy.py").write_text(f"import {missing}\n")
    code = (
        f"import sys\nsys.modules[{missing!r}] = None\n"
        "from sanic_actions.__main__ import main\nsys.exit(main(['generate', 'needy:app']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 2
    assert "pip install 'sanic-actions[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def configure(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(text)


def test_package_is_written_into_the_current_folder_by_default(project: Path) -> None:
    """`--out` need not be said."""
    assert run(project, "generate", "shop:app").returncode == 0
    assert (project / "actions/__init__.pyi").is_file()
    assert run(project, "check", "shop:app").returncode == 0


def test_configured_client_needs_no_arguments(project: Path) -> None:
    """What pyproject.toml says holds for every command; the command line comes before it."""
    configure(project, '[tool.sanic-actions]\napp = "shop:app"\nout = "clients"\npackage = "shop_client"\n')

    assert run(project, "generate").returncode == 0
    assert (project / "clients/shop_client/__init__.py").is_file()
    assert run(project, "check").returncode == 0
    assert run(project, "list").stdout.splitlines()[1].startswith("like")
    assert "/api/like" in run(project, "openapi").stdout
    assert run(project, "generate", "--package", "other").returncode == 0
    assert (project / "clients/other/__init__.py").is_file()


def test_several_configured_clients_are_written_one_after_the_other(project: Path) -> None:
    """Each has what it does not say itself from the table above; one is chosen by its package."""
    configure(
        project,
        '[tool.sanic-actions]\napp = "shop:two"\nout = "clients"\n\n'
        '[[tool.sanic-actions.clients]]\npackage = "one"\nprefix = "/one"\n\n'
        '[[tool.sanic-actions.clients]]\npackage = "two"\nprefix = "/two"\nshare = ["models"]\n',
    )

    assert run(project, "generate", "--package", "two").returncode == 0
    assert not (project / "clients/one").exists()
    assert "from models import Likes" in (project / "clients/two/models/models.py").read_text()
    drift = run(project, "check")
    assert (drift.returncode, drift.stdout.count("would create clients/one")) == (1, 8)
    assert run(project, "generate").returncode == 0
    assert run(project, "check").returncode == 0
    assert "names several clients (one, two)" in refused(project, "check", "--python", "3.12")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tool.sanic-actions]\nap = "shop:app"', "unknown key 'ap'. Did you mean 'app'?"),
        ("[tool.sanic-actions]\napp = 3", "app must be a string such as 'blog.app:app'"),
        ('[tool.sanic-actions]\nshare = "models"', "share must be a list of modules"),
        ("[tool.sanic-actions]\nshare = [3]", "share must be a list of modules"),
        ("[tool.sanic-actions", "pyproject.toml cannot be read"),
        ("[tool]\nsanic-actions = 3", "must be a table"),
        ("[tool.sanic-actions]\nclients = 3", "must be an array of tables"),
        ('[[tool.sanic-actions.clients]]\npackage = "a"', "MODULE:APP is missing"),
        (
            '[tool.sanic-actions]\napp = "shop:app"\n' + 2 * '[[tool.sanic-actions.clients]]\npackage = "a"\n',
            "writes a twice",
        ),
    ],
)
def test_wrong_configuration_is_one_clear_message(project: Path, text: str, said: str) -> None:
    """Exit 2, the place in the file, and what could stand there."""
    configure(project, text)

    assert said in refused(project, "generate")


def test_package_that_would_hide_a_module_is_refused(project: Path) -> None:
    """A module beside the package, or one that the app itself imports, could no longer be imported."""
    (project / "actions.py").write_text(APP)
    told = refused(project, "generate", "shop:app")
    assert "would hide the module actions.py" in told
    assert "--package actions_client" in told
    assert not (project / "actions").exists()
    assert run(project, "generate", "actions:app", "--package", "actions_client").returncode == 0

    assert "would hide the module shop.py" in refused(project, "generate", "shop:app", "--package", "shop")
    assert "would hide the module shop.py" in refused(
        project, "generate", "shop:app", "--package", "shop", "--out", "elsewhere"
    )


def test_trees_of_several_hosts_are_told_apart(project: Path) -> None:
    """One package is for one tree, on whichever hosts it is."""
    assert run(project, "generate", "shop:hosts", "--host", "b.example").returncode == 0
    assert (project / "actions/_calls/blog.py").is_file()
    assert "blog.like" in run(project, "list", "shop:hosts", "--host", "b.example").stdout
    assert "2 places" in refused(project, "list", "shop:hosts")


def test_way_out_of_a_path_with_parameters_works(project: Path) -> None:
    """The command that the message gives writes a client whose base URL says the rest."""
    told = refused(project, "generate", "shop:tenants")
    command = next(line.split() for line in told.splitlines() if "sanic-actions generate" in line)

    assert run(project, *command[1:]).returncode == 0
    assert "_prefix = '/_actions'" in (project / "actions/__init__.py").read_text()


def test_what_comes_next_is_said_once(project: Path) -> None:
    """Where the package must be importable, which variable to set, and a first call; nothing later."""
    told = run(project, "generate", "shop:app", "--out", "out", "--package", "shop_client").stderr

    assert "PYTHONPATH=out" in told
    assert "SHOP_CLIENT_URL=" in told
    assert "from shop_client import actions; print(actions.like(post_id='text'))" in told
    assert "Next" not in run(project, "generate", "shop:app", "--out", "out", "--package", "shop_client").stderr
    (project / "models.py").write_text(MODELS + "    more: str = ''\n")
    assert "Next" not in run(project, "generate", "shop:app", "--out", "out", "--package", "shop_client").stderr


def test_version_is_that_of_the_installed_package(project: Path) -> None:
    """`--version` prints it and nothing else."""
    done = run(project, "--version")

    assert (done.returncode, done.stdout.strip()) == (0, version("sanic-actions"))


def test_package_that_cannot_be_imported_is_not_written() -> None:
    """It is tried in a process of its own first, and the message holds why."""
    with pytest.raises(UsageError, match="cannot be imported, so nothing was written") as caught:
        try_import("broken", {"broken/__init__.py": "import nothing_of_this_name\n"})
    assert "nothing_of_this_name" in str(caught.value)

    with pytest.raises(UsageError, match=r"SyntaxError(.|\n)*rename what is named last"):
        try_import("broken", {"broken/__init__.py": "", "broken/__init__.pyi": "def f(: ...\n"})

    model = "from __future__ import annotations\nimport pydantic\nclass A(pydantic.BaseModel):\n    a: Missing\n"
    with pytest.raises(UsageError, match="Missing"):
        try_import("broken", {"broken/__init__.py": "", "broken/models.py": model})


def test_modules_of_the_app_are_not_taken_for_those_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ``zoneinfo.py`` beside the app is not imported for Python's; a module that only the app has is."""
    (tmp_path / "zoneinfo.py").write_text(f"open({str(tmp_path / 'zoneinfo.log')!r}, 'w').close()\n")
    (tmp_path / "shared_by_app.py").write_text(f"open({str(tmp_path / 'shared.log')!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(tmp_path)

    try_import("sound", {"sound/__init__.py": "import pydantic.main, zoneinfo, shared_by_app\n"})

    assert not (tmp_path / "zoneinfo.log").exists()
    assert (tmp_path / "shared.log").exists()


@pytest.mark.parametrize("out", [".", "elsewhere"])
def test_package_that_stands_in_the_current_folder_is_not_what_is_tried(project: Path, out: str) -> None:
    """A package grows from run to run by modules that the one before, beside the app, does not have."""
    (project / "elsewhere").mkdir()
    (project / "grown.py").write_text(
        f"{GROWN}first = Namespace(ping=ping)\nsecond = Namespace(ping=ping, area=area)\n"
    )
    assert run(project, "generate", "grown:first").returncode == 0

    done = run(project, "generate", "grown:second", "--out", out)

    assert (done.returncode, "actions/models/__init__.py" in done.stdout) == (0, True), done
    calls = f"import sys; sys.path.insert(0, {out!r}); from actions.models import Area; print(Area(size=1))"
    used = subprocess.run([sys.executable, "-P", "-c", calls], cwd=project, capture_output=True, text=True, check=True)
    assert used.stdout == "size=1\n"


GROWN = """
from pydantic import BaseModel
from sanic_actions import Namespace, action
class Area(BaseModel):
    size: int
@action
async def ping() -> int:
    return 1
@action
async def area() -> Area:
    return Area(size=1)
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--client", "nothere"], ["There is no folder 'nothere'", "no package of that name is installed"]),
        (["--client", "./clients/nothere"], ["There is no folder './clients/nothere'"]),
        (["--client", "typing-extensions"], ["as they are imported", "--client typing_extensions"]),
        (["--client", "typing_extensions"], ["is not a client package of this version"]),
        ([], ["MODULE:APP is missing", "--client PACKAGE"]),
    ],
)
def test_caller_is_told_how_to_name_its_package(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    """Who checks a package without its app may misspell it, not have installed it, or forget to name it."""
    told = refused(tmp_path, "check", "--against", "http://127.0.0.1:9", *arguments)

    assert [word for word in words if word not in told] == []


KINDS = """
from collections.abc import AsyncIterator
from datetime import date
from sanic import Sanic
from sanic_actions import Bearer, Download, action
from sanic_actions.server import ActionsBlueprint

@action
async def aaa() -> AsyncIterator[int]:
    yield 1

@action
def bbb() -> Download:
    return Download(b"", name="x.txt")

@action
def ccc() -> None: ...

@action
def ddd(text: str) -> str:
    return text

def user_of(token: str) -> str:
    return token

@action
def eea(day: date) -> date:
    return day

@action(guard=Bearer(user_of))
def eee() -> int:
    return 1

app = Sanic("kinds")
app.blueprint(ActionsBlueprint({"""


@pytest.mark.parametrize(
    ("names", "call"),
    [
        ("aaa bbb ccc ddd eee", "print(actions.ddd(text='text'))"),
        ("eee", "print(actions.eee())"),
        ("ddd eea", "print(actions.ddd(text='text'))"),
        ("aaa eea", "print(*actions.aaa())"),
        ("aaa bbb ccc", "print(actions.ccc())"),
        ("aaa bbb", "print(*actions.aaa())"),
        ("bbb", "print(actions.bbb().save('.'))"),
    ],
)
def test_first_call_shows_that_it_works(tmp_path: Path, names: str, call: str) -> None:
    """What a new package's owner is told to type prints an output; a stream alone would print itself."""
    (tmp_path / "kinds.py").write_text(KINDS + ", ".join(f'"{name}": {name}' for name in names.split()) + "}))\n")

    said = run(tmp_path, "generate", "kinds:app").stderr

    assert f"3. Call it: from actions import actions; {call}\n" in said


@pytest.mark.parametrize("names", ["ddd", "aaa", "bbb"])
def test_readme_of_a_package_shows_a_call(tmp_path: Path, names: str) -> None:
    """The README of a package calls one of its actions, in lines that are Python."""
    (tmp_path / "kinds.py").write_text(KINDS + ", ".join(f'"{name}": {name}' for name in names.split()) + "}))\n")

    run(tmp_path, "generate", "kinds:app", "--pyproject", "--out", "clients", "--package", "kinds_client")
    text = (tmp_path / "clients" / "README.md").read_text()
    program = text.partition("```python\n")[2].partition("```")[0]

    compile(program, "README.md", "exec")
    assert "from kinds_client import Client\n" in program
    assert f"client.{names}(" in program


INJECTED = """
from typing import Annotated
from sanic import Blueprint, Sanic
from sanic_actions import Injected, Namespace, action
from sanic_actions.server import ActionsBlueprint

class User:
    pass

@action
async def whoami(user: Annotated[User, Injected]) -> str:
    return "ada"

server = Namespace(whoami=whoami)

def app_of(auto_extend=True):
    app = Sanic("injected")
    app.config.AUTO_EXTEND = auto_extend
    app.blueprint(ActionsBlueprint(server))
    return app

def by_nobody():
    return app_of()

def without_extensions():
    return app_of(False)

def by_an_extension():
    app = app_of()
    app.ext.add_dependency(User)
    return app

def by_a_listener():
    app = app_of()

    @app.before_server_start
    async def add(app):
        app.ext.add_dependency(User)

    return app

def by_a_listener_of_a_blueprint():
    app, blueprint = app_of(), Blueprint("setup")

    @blueprint.before_server_start
    async def add(app):
        app.ext.add_dependency(User)

    app.blueprint(blueprint)
    return app

def by_a_signal():
    app = app_of()

    @app.signal("server.init.before")
    async def add(**context):
        app.ext.add_dependency(User)

    return app
"""


@pytest.mark.parametrize(
    ("command", "factory"),
    [("generate", "without_extensions"), *((name, "by_nobody") for name in ("generate", "check", "list"))],
)
def test_parameter_that_nothing_supplies(project: Path, command: str, factory: str) -> None:
    """An app that would not start is told so by every command, in the words of the server."""
    (project / "injected.py").write_text(INJECTED)

    done = run(project, command, f"injected:{factory}")

    assert done.returncode != 0
    assert "Action 'whoami' (injected.py:" in done.stderr
    assert "nothing supplies parameter 'user', which is marked Injected" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "actions").exists()


@pytest.mark.parametrize(
    "factory", ["by_an_extension", "by_a_listener", "by_a_listener_of_a_blueprint", "by_a_signal", "server"]
)
def test_parameter_that_something_may_supply(project: Path, factory: str) -> None:
    """What code of the app's own does at start, and which guards an app adds to a tree, no command knows."""
    (project / "injected.py").write_text(INJECTED)

    assert run(project, "list", f"injected:{factory}").returncode == 0


SERVES = {
    "uvicorn": "import uvicorn\nuvicorn.run(app, port=1)\n",
    "a server of uvicorn": (
        "import asyncio, uvicorn\nasyncio.run(uvicorn.Server(uvicorn.Config(app, port=1)).serve())\n"
    ),
    "hypercorn": (
        "import asyncio\nfrom hypercorn.asyncio import serve\nfrom hypercorn.config import Config\n"
        "asyncio.run(serve(app, Config.from_mapping(bind=['127.0.0.1:1'])))\n"
    ),
    "uvicorn without a lifespan": "import uvicorn\nuvicorn.run(app, port=0, lifespan='off')\n",
    "uvicorn, with several workers": "import uvicorn\nuvicorn.run('serves:app', port=0, workers=2)\n",
    "granian": "from granian import Granian\nGranian('serves:app', interface='asgi', port=1).serve()\n",
    "hypercorn, with workers": (
        "from hypercorn.run import run\nfrom hypercorn.config import Config\n"
        "run(Config.from_mapping(bind=['127.0.0.1:0'], application_path='serves:app'))\n"
    ),
    "Sanic's own": "app.prepare(port=1)\nfrom sanic import Sanic\nSanic.serve()\n",
    "in a thread": "import threading\nthread = threading.Thread(target=app.run)\nthread.start()\nthread.join()\n",
    "with a net": "try:\n    app.run()\nexcept Exception:\n    print('not served')\n",
}
# Workers that import the module anew would start workers of their own.
ONLY_ONCE = "import os\nassert os.environ.setdefault('IMPORTED_BY', str(os.getpid())) == str(os.getpid())\n"


@pytest.mark.parametrize("server", SERVES)
def test_module_that_serves(project: Path, server: str) -> None:
    """A module that starts a server when it is imported keeps no command waiting, whichever server it is."""
    (project / "serves.py").write_text(f"{ONLY_ONCE}from shop import app\n\n{SERVES[server]}")

    done = run(project, "generate", "serves:app")

    assert done.returncode == 2
    assert "serves starts its server when it is imported" in done.stderr
    assert "if __name__ == '__main__'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / "actions").exists()


@pytest.mark.parametrize(
    "line",
    [
        "app.prepare(port=1, ssl='/no/such/certificate')",
        "import argparse; parser = argparse.ArgumentParser(); parser.add_argument('--port'); parser.parse_args()",
        "import sys; assert len(sys.argv) == 1",
    ],
)
def test_module_that_makes_ready_to_serve(project: Path, line: str) -> None:
    """What a module does on import before it would serve is neither refused nor given the command's own arguments."""
    (project / "ready.py").write_text(f"from shop import app\n\n{line}\n")

    done = run(project, "generate", "ready:app")

    assert (done.returncode, "created" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("raise SystemExit(3)", "Put what ends the program under a condition: if __name__ == '__main__':"),
        ("raise SystemExit", "Put what ends the program under a condition"),
        ("input('Port? ')", "Put what asks a question under a condition"),
    ],
)
def test_module_that_acts_as_a_program(project: Path, line: str, remedy: str) -> None:
    """A module that ends the program or asks for something when it is imported is told where that belongs."""
    (project / "program.py").write_text(f"from shop import app\n\n{line}\n")

    assert remedy in refused(project, "generate", "program:app")


def test_module_that_does_not_come_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that has not ended after a while is told with the user's own line that it is at."""
    monkeypatch.setattr(loading, "SLOW", 0.0)
    said = io.StringIO()
    (project / "waits.py").write_text(
        "import time\n\ndef until(loading, ended):\n    with loading:\n        for _ in range(3_000):\n"
        "            if ended():\n                break\n            time.sleep(0.01)\n"
    )
    monkeypatch.syspath_prepend(project)
    until = importlib.import_module("waits").until

    with contextlib.redirect_stderr(said):
        until(loading.loading("waits"), lambda: "Put what waits or serves under a condition" in said.getvalue())

    first, *_ = said.getvalue().splitlines()
    assert first.startswith("waits has not been imported after 0 seconds, and is at ")
    assert "waits.py:" in first


@pytest.mark.parametrize(("parameter", "example"), [("tenant", "acme"), ("tenant:int", "1")])
def test_way_out_of_a_prefix_with_a_parameter(project: Path, parameter: str, example: str) -> None:
    """The address that the message gives is one that the route takes, and the command that it gives works."""
    (project / "open.py").write_text(
        "from shop import ActionsBlueprint, Sanic, server\n"
        f"app = Sanic('open')\napp.blueprint(ActionsBlueprint(server, url_prefix='/<{parameter}>'))\n"
    )

    refused = run(project, "generate", "open:app")

    assert refused.returncode == 2
    assert f'Client("https://host/{example}")' in refused.stderr
    command = re.search(r"sanic-actions (.*)", refused.stderr)
    assert command is not None
    assert run(project, *command[1].split()).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "shop:tenants"], "like"),
        (["lock", "shop:tenants"], "created actions.lock.json"),
        (["diff", "shop:tenants", "shop:tenants"], "no changes"),
        (["openapi", "shop:tenants"], '"/{tenant}/_actions/like"'),
    ],
)
def test_commands_that_need_no_path(project: Path, arguments: list[str], words: str) -> None:
    """Only a client package needs a path without parameters: the other commands work with any."""
    done = run(project, *arguments)

    assert done.returncode == 0, done.stderr
    assert words in done.stdout
