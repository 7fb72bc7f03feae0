"""``sanic-actions init``: what it would add to a project, what it adds, and what stops it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import indent

import pytest

from sanic_actions._cli.init_project import additions, next_commands, notes, write_all
from sanic_actions._cli.package_name import free_package
from sanic_actions._cli.project_app import find_app
from sanic_actions.codegen._text import MARK

SHOP = '''"""The shop."""

from sanic import Sanic, text

app = Sanic("shop")


@app.get("/")
async def index(request):
    return text("hi")
'''
MAIN = """from sanic import Sanic


def main():
    app = Sanic("shop")
    app.run()


if __name__ == "__main__":
    main()
"""
FACTORY = """import sanic


def create_app(name: str = "shop"):
    app: sanic.Sanic = sanic.Sanic(
        name,
    )
    return app
"""


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a module in a folder as its users do."""
    path = os.pathsep.join([str(folder / "src"), str(folder)])
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def project(folder: Path, **files: str) -> Path:
    """Write files whose names have __ for / and no suffix."""
    for name, text in files.items():
        path = name.replace("__", "/").replace("//init/", "/__init__")
        write(folder / f"{path}.py", text)
    return folder


def write(path: Path, text: str) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def contents(folder: Path) -> dict[str, bytes]:
    """All files but caches."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_nothing_is_written_unless_asked(tmp_path: Path) -> None:
    """Without --yes and without a person to ask, what would be added is shown as a patch and nothing else happens."""
    project(tmp_path, shop=SHOP)
    (tmp_path / ".github").mkdir()
    before = contents(tmp_path)

    result = run(tmp_path, "sanic_actions", "init")

    assert result.returncode == 0
    assert "init --yes" in result.stderr
    for line in (
        "+app.blueprint(ActionsBlueprint(server))",
        "+from server_actions import server",
        '+app = "shop:app"',
        "+++ b/tests/test_actions.py",
        "+      - run: sanic-actions check",
    ):
        assert line in result.stdout.splitlines()
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("files", "target"),
    [
        ({"shop": SHOP}, "shop:app"),
        ({"shop____init__": "", "shop__web": SHOP}, "shop.web:app"),
        ({"src__shop____init__": "", "src__shop__web": FACTORY}, "shop.web:create_app"),
        ({"shop____init__": FACTORY}, "shop:create_app"),
        (
            {"src__shop__web____init__": f"{FACTORY}\n\nmain = create_app()\n", "src__shop____init__": ""},
            "shop.web:main",
        ),
    ],
    ids=["a module", "a package", "a factory below src", "a package itself", "a package below src that makes its app"],
)
def test_project_works_after_it(tmp_path: Path, files: dict[str, str], target: str) -> None:
    """The package is generated from what was added, the test passes, and the check of CI too."""
    project(tmp_path, **files)

    result = run(tmp_path, "sanic_actions", "init", "--yes")
    assert (result.returncode, "Next: sanic-actions generate" in result.stderr) == (0, True), result.stderr
    assert f'app = "{target}"' in (tmp_path / "pyproject.toml").read_text()

    plain = {"PYTHONPATH": "", "PYTHONSAFEPATH": "1"}  # as the command "pytest" runs, unlike "python -m pytest"
    for command, environment in (
        (("sanic_actions", "generate"), {}),
        (("pytest", "-q", "-p", "no:cacheprovider", "tests"), plain),
        (("sanic_actions", "check"), {}),
    ):
        step = run(tmp_path, *command, **environment)
        assert step.returncode == 0, step.stdout + step.stderr
    again = run(tmp_path, "sanic_actions", "init", "--yes")
    assert (again.returncode, "already" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "text"), [("pytest.ini", ""), ("setup.cfg", "[tool:pytest]\n"), ("tox.ini", "[pytest]\n")]
)
def test_settings_of_pytest_that_are_there_stay(tmp_path: Path, name: str, text: str) -> None:
    """A second place of pytest's settings would hide the first."""
    project(tmp_path, shop=SHOP)
    (tmp_path / name).write_text(text)

    assert run(tmp_path, "sanic_actions", "init", "--yes").returncode == 0
    assert "pytest" not in (tmp_path / "pyproject.toml").read_text()


def test_settings_join_those_that_are_there(tmp_path: Path) -> None:
    """A pyproject.toml keeps all that it holds."""
    project(tmp_path, shop=SHOP)
    settings = '[project]\nname = "shop"\nversion = "1"\n\n[tool.ruff]\nline-length = 100\n'
    (tmp_path / "pyproject.toml").write_text(settings)

    assert run(tmp_path, "sanic_actions", "init", "--yes").returncode == 0

    assert (tmp_path / "pyproject.toml").read_text() == (
        f'{settings}\n[tool.sanic-actions]\napp = "shop:app"\n\n[tool.pytest.ini_options]\npythonpath = ["."]\n'
    )


TWO_FACTORIES = """from sanic import Sanic


def build(path=None):
    app = Sanic("two")
    return app


def create_app() -> Sanic:
    return build()
"""


NEEDS = """from sanic import Sanic


def build(config, /, *, name="two", debug):
    app = Sanic(name)
    return app
"""


@pytest.mark.parametrize(
    ("files", "arguments", "target"),
    [
        ({"shop": f"{FACTORY}\n\napp = create_app()\n"}, (), "shop:app"),
        ({"shop": f"{FACTORY}\n\napp: sanic.Sanic = create_app('b')\n"}, ("shop:create_app",), "shop:app"),
        ({"shop": f"{TWO_FACTORIES}\n\nweb = create_app()\n"}, ("shop:web",), "shop:web"),
        ({"shop": f"{TWO_FACTORIES}\n\nweb = create_app()\n"}, ("shop:create_app",), "shop:web"),
        ({"shop/__init__": f"{FACTORY}\n\napp = create_app()\n"}, ("shop:app",), "shop:app"),
        ({"shop": f"{NEEDS}\n\napp = build(1, debug=True)\n"}, (), "shop:app"),
        ({"shop": f"{NEEDS}\n\ndef make():\n    return build(1, debug=True)\n"}, (), "shop:make"),
        ({"shop": f"{NEEDS}\n\ndef make():\n    return build(1, debug=True)\n"}, ("shop:build",), "shop:make"),
        ({"alone": NEEDS, "shop": SHOP}, (), "shop:app"),
        ({"src/__init__": SHOP}, (), "src:app"),
        ({"__init__": SHOP}, (), "__init__:app"),
    ],
)
def test_app_that_commands_can_have(
    tmp_path: Path, files: dict[str, str], arguments: tuple[str, ...], target: str
) -> None:
    """The app that a module makes itself comes before the function, and no function is called that needs arguments."""
    for name, text in files.items():
        write(tmp_path / f"{name}.py", text)

    assert find_app(tmp_path, arguments[0] if arguments else None).target == target


@pytest.mark.parametrize(
    ("arguments", "target"),
    [((), "shop:create_app"), (("shop:create_app",), "shop:create_app"), (("shop:build",), "shop:build")],
)
def test_a_factory_without_parameters_comes_first(tmp_path: Path, arguments: tuple[str, ...], target: str) -> None:
    """Of a function with parameters and one that calls it without any, the second one is the app of commands."""
    project(tmp_path, shop=TWO_FACTORIES)

    result = run(tmp_path, "sanic_actions", "init", "--yes", *arguments)

    assert result.returncode == 0, result.stderr
    assert f'app = "{target}"' in (tmp_path / "pyproject.toml").read_text()
    assert "    app.blueprint(ActionsBlueprint(server))" in (tmp_path / "shop.py").read_text()


@pytest.mark.parametrize(
    ("files", "arguments", "sentence"),
    [
        ({}, (), "There is no Sanic app"),
        ({"shop": "app = make()\n"}, (), "There is no Sanic app"),
        ({"shop": "app = FastAPI()\n"}, (), "see 'From FastAPI with a generated client' in the guide Migrating"),
        ({"shop": SHOP}, ("shop:other",), "There is no shop:other"),
        ({"shop": MAIN}, (), "shop.py:5: main() makes an app and does not return it"),
        ({"shop": NEEDS}, (), "shop.py:5: build() makes an app and needs 'config', 'debug', which no command passes."),
        ({"shop": NEEDS}, ("shop:build",), "in that module that ends with: return build(...)"),
        ({"shop": f"{SHOP})"}, (), "a module that may make one is not Python: shop.py:11: unmatched ')'"),
        ({"a": SHOP, "b": SHOP}, (), "There are several apps: a:app, b:app. Name one: sanic-actions init a:app"),
        ({"shop": SHOP.replace("text(", "ActionsBlueprint(")}, (), "shop.py serves actions already"),
        ({"shop": SHOP + "\nserver = 1\n"}, (), "something called 'server' already"),
        ({"shop": SHOP, "server_actions": ""}, (), "server_actions.py is there already"),
        ({"shop": SHOP, "tests__test_actions": ""}, (), "tests/test_actions.py is there already"),
    ],
)
def test_what_stops_it(tmp_path: Path, files: dict[str, str], arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence says why, the exit code is 2, and nothing is written."""
    project(tmp_path, **files)
    before = contents(tmp_path)

    result = run(tmp_path, "sanic_actions", "init", "--yes", *arguments)

    assert result.returncode == 2
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "source",
    [
        "from sanic import Sanic\n\ndef create(): app = Sanic('b'); return app\n",
        "from sanic import Sanic\n\ndef create(): app = Sanic('b')\n",
        "from sanic import Sanic\n\ndef create():\n    app = Sanic('ä'); return app\n",
        "from sanic import Sanic; app = Sanic('a')\n",
        "import sanic\n\napp = sanic.Sanic(\n    'a',\n); app.config.DEBUG = True\n",
    ],
)
def test_app_that_shares_its_line(tmp_path: Path, source: str) -> None:
    """Where no line can follow the app's statement alone, nothing is written, and a line of its own is asked for."""
    project(tmp_path, shop=source)
    before = contents(tmp_path)

    result = run(tmp_path, "sanic_actions", "init", "--yes")

    assert (result.returncode, "Put it on a line of its own" in result.stderr) == (2, True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "source",
    [
        "from sanic import Sanic\n\x0c\napp = Sanic('shop')\n",
        "from sanic import Sanic\n\x0capp = Sanic('shop')\n",
        "from sanic import Sanic\n\nWORD = 'a\u2028b\x85\x1cc'\napp = Sanic('shop')\n",
        "from sanic import Sanic\n\n# a\x0bb\nö = '\u2029'; ü = 1\napp = Sanic('shop')\n",
        "from sanic import Sanic\r\n\r\n\x0c\r\napp = Sanic('shop')\r\n",
        "from sanic import Sanic\r\rapp = Sanic('shop')\r",
        "\ufefffrom sanic import Sanic\n\napp = Sanic('shop')\n",
        "\ufeffapp = __import__('sanic').Sanic('shop')\n",
        "\ufeffimport zope\napp = zope.Sanic('shop')\n",
    ],
    ids=[
        "form feed",
        "beside the app",
        "in a string",
        "in a comment",
        "CRLF",
        "CR",
        "BOM",
        "BOM, no import",
        "BOM, first",
    ],
)
def test_lines_are_those_of_python(tmp_path: Path, source: str) -> None:
    """What only other programs take for the end of a line, and a byte order mark, put nothing in a wrong place."""
    (tmp_path / "shop.py").write_bytes(source.encode())

    result = run(tmp_path, "sanic_actions", "init", "--yes")
    text = (tmp_path / "shop.py").read_bytes().decode()
    body = ast.parse(text.removeprefix("\ufeff")).body
    statements = [ast.unparse(statement) for statement in body]

    assert result.returncode == 0, result.stderr
    assert text.startswith("\ufeff") == source.startswith("\ufeff")
    assert statements[-2].startswith("app = ")
    assert statements[-1] == "app.blueprint(ActionsBlueprint(server))"
    assert {"from sanic_actions.server import ActionsBlueprint", "from server_actions import server"} < set(statements)


def test_comment_beside_the_app(tmp_path: Path) -> None:
    """A comment may stand beside the app's statement."""
    project(tmp_path, shop=SHOP.replace('Sanic("shop")', 'Sanic("shöp")  # the app'))

    assert run(tmp_path, "sanic_actions", "init", "--yes").returncode == 0
    assert '("shöp")  # the app\napp.blueprint(' in (tmp_path / "shop.py").read_text(encoding="utf-8")


def test_broken_settings(tmp_path: Path) -> None:
    """A pyproject.toml that cannot be read is left as it is."""
    project(tmp_path, shop=SHOP)
    (tmp_path / "pyproject.toml").write_text("[tool\n")

    result = run(tmp_path, "sanic_actions", "init", "--yes")

    assert (result.returncode, "is not TOML" in result.stderr) == (2, True)
    assert not (tmp_path / "server_actions.py").exists()


IMPORTS = '''"""The shop."""

from __future__ import annotations

import json

import redis
from sanic import Sanic, text
from sqlalchemy import select

from shop.db import connect

app = Sanic("shop")
'''


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("shop/web.py", IMPORTS),
        ("shop/web.py", IMPORTS.replace("from shop.db import connect\n\n", "")),
        ("shop/web.py", IMPORTS.replace("shop.db", ".db")),
        ("src/shop/web.py", IMPORTS.replace("shop.db", "shop.zebra")),
        ("web.py", "from sanic import Sanic\n\napp = Sanic('shop')\n"),
        ("web.py", "import sanic\n\nimport db\n\napp = sanic.Sanic('shop')\n"),
        ("web.py", "import json\n\nfrom zope import x\n\nimport db\n\napp = x.Sanic('shop')\n"),
    ],
    ids=["all sections", "none of the project", "relative", "below src", "one import", "modules", "first of both"],
)
def test_imports_are_in_order(tmp_path: Path, path: str, source: str) -> None:
    """A module whose imports are in the order of ruff and isort has them in that order afterwards."""
    (tmp_path / "db.py").touch()
    module = tmp_path / path
    module.parent.mkdir(parents=True, exist_ok=True)
    if module.parent.name == "shop":
        (module.parent / "__init__.py").touch()
    module.write_text(source)
    lint = ("ruff", "check", "--isolated", "--select", "I001", path)
    assert run(tmp_path, *lint).returncode == 0

    assert run(tmp_path, "sanic_actions", "init", "--yes").returncode == 0

    after = run(tmp_path, *lint)
    assert after.returncode == 0, after.stdout + module.read_text()
    compile(module.read_text(), path, "exec")


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ('[tool.pytest.ini_options]\naddopts = "-q"\n\n[tool.ruff]\nline-length = 100\n', 'pythonpath = ["."]'),
        ("[tool.pytest.ini_options]", 'pythonpath = ["."]'),
        ("[tool.pytest]\nstrict = true\n", 'pythonpath = ["."]'),
        ('[tool.pytest.ini_options]\npythonpath = ["app"]\n', 'pythonpath = ["app"]'),
    ],
    ids=["among others", "without a newline", "the table of pytest 9", "set already"],
)
def test_pytest_finds_the_package(tmp_path: Path, settings: str, line: str) -> None:
    """Settings of pytest that name no path get one, which is shown first; a path that they name stays."""
    project(tmp_path, shop=SHOP)
    (tmp_path / "pyproject.toml").write_text(settings)

    result = run(tmp_path, "sanic_actions", "init", "--yes")

    text = (tmp_path / "pyproject.toml").read_text()
    assert result.returncode == 0
    assert text.count("pythonpath") == 1
    assert line in text.splitlines()
    assert (f"+{line}" in result.stdout.splitlines()) is (line not in settings)


def test_what_is_below_src_and_not_installed(tmp_path: Path) -> None:
    """What init prints next works, and so does what generate advises."""
    project(tmp_path, src__fac____init__="", src__fac__web=FACTORY)

    result = run(tmp_path, "sanic_actions", "init", "--yes", PYTHONPATH="")
    assert "Next: PYTHONPATH=src sanic-actions generate\n" in result.stderr

    refused = run(tmp_path, "sanic_actions", "generate", PYTHONPATH="")
    assert refused.returncode == 2
    assert "'fac' is in src/" in refused.stderr
    assert "pip install -e ." not in refused.stderr
    assert "PYTHONPATH=src" in refused.stderr
    assert run(tmp_path, "sanic_actions", "generate", PYTHONPATH="src").returncode == 0

    (tmp_path / "pyproject.toml").write_text('[project]\nname = "fac"\nversion = "1"\n')
    advice = run(tmp_path, "sanic_actions", "generate", "fac.web:create_app", PYTHONPATH="").stderr
    assert "pip install -e ." in advice


PROJECT = '[project]\nname = "shop"\nversion = "1"\n'
SETUPTOOLS = '\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


@pytest.mark.parametrize(
    "taken",
    ["actions.py", "actions/__init__.py", "actions/deploy.sh", "src/actions.py", "src/actions/__init__.py"],
)
def test_package_hides_nothing(tmp_path: Path, taken: str) -> None:
    """Beside something called ``actions``, the package has another name in settings, test and next steps."""
    project(tmp_path, server=SHOP)
    write(tmp_path / taken, "WORD = 1\n")

    app = find_app(tmp_path, None)
    write_all(tmp_path, additions(tmp_path, app))

    assert list(next_commands(tmp_path, app))[-1] == "python -m pytest tests/test_actions_client.py"
    assert 'app = "server:app"\npackage = "actions_client"\n' in (tmp_path / "pyproject.toml").read_text()
    test = (tmp_path / "tests" / "test_actions_client.py").read_text()
    assert "from actions_client import Client\nfrom server import app\n" in test


def test_project_with_a_module_of_its_own_name(tmp_path: Path) -> None:
    """What init prints next works beside a module ``actions`` and a test of it, which go on as before."""
    project(tmp_path, server=SHOP, actions="WORD = 1\n", tests__test_actions=OWN_TEST)

    assert run(tmp_path, "sanic_actions", "init", "--yes").returncode == 0
    assert run(tmp_path, "sanic_actions", "generate").returncode == 0
    step = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert (step.returncode, "2 passed" in step.stdout) == (0, True), step.stdout


OWN_TEST = """from actions import WORD


def test_word() -> None:
    assert WORD == 1
"""


def test_next_free_name(tmp_path: Path) -> None:
    """What is called as the second name would be is not hidden either; a package that was generated is no obstacle."""
    project(tmp_path, server=SHOP, actions="", actions_client="")

    assert free_package([tmp_path]) == "actions_client_2"
    write(tmp_path / "actions_client_2" / "__init__.py", f"{MARK}\n")
    assert free_package([tmp_path]) == "actions_client_2"
    write(tmp_path / "actions_client_2" / "__init__.py", "# mine\n")
    assert free_package([tmp_path]) == "actions_client_3"


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({}, ['pip install "sanic-actions[server]"', "sanic-actions check"]),
        (
            {"requirements.txt": "sanic\n"},
            ['pip install -r requirements.txt "sanic-actions[server]"', "sanic-actions check"],
        ),
        ({"pyproject.toml": PROJECT}, ['pip install -e . "sanic-actions[server]"', "sanic-actions check"]),
        ({"setup.py": ""}, ['pip install -e . "sanic-actions[server]"', "sanic-actions check"]),
        (
            {"pyproject.toml": '[tool.poetry]\nname = "shop"\n\n[build-system]\nrequires = ["poetry-core"]\n'},
            ['pip install -e . "sanic-actions[server]"', "sanic-actions check"],
        ),
        (
            {"pyproject.toml": "[tool.poetry]\npackage-mode = false\n", "poetry.lock": ""},
            [
                "pip install poetry",
                "poetry install",
                'poetry run pip install "sanic-actions[server]"',
                "poetry run sanic-actions check",
            ],
        ),
        (
            {"pyproject.toml": PROJECT, "uv.lock": ""},
            ["pip install uv", 'uv run --with "sanic-actions[server]" sanic-actions check'],
        ),
    ],
    ids=["nothing", "requirements", "pyproject", "setup.py", "poetry", "poetry, locked", "uv, locked"],
)
def test_ci_installs_what_the_project_needs(tmp_path: Path, files: dict[str, str], commands: list[str]) -> None:
    """The workflow installs the project with the tool that the project is installed with."""
    project(tmp_path, shop=SHOP)
    write(tmp_path / ".github" / "workflows" / "actions.yml", "on: push\n")
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    write_all(tmp_path, additions(tmp_path, find_app(tmp_path, None)))

    workflow = (tmp_path / ".github" / "workflows" / "sanic-actions.yml").read_text()
    assert [line.partition("run: ")[2] for line in workflow.splitlines() if "run: " in line] == commands


@pytest.mark.parametrize(
    ("files", "dependencies", "step"),
    [
        ({"pyproject.toml": PROJECT + 'dependencies = ["sanic"]\n'}, ["sanic-actions[server]", "sanic"], ""),
        ({"pyproject.toml": PROJECT + "dependencies = []\n"}, ["sanic-actions[server]"], ""),
        (
            {"pyproject.toml": PROJECT + 'dependencies = [\n    "sanic",  # 1\n    "redis",\n]\n'},
            ["sanic-actions[server]", "sanic", "redis"],
            "",
        ),
        ({"pyproject.toml": PROJECT + 'dependencies = ["sanic_actions>=1"]\n'}, ["sanic_actions>=1"], ""),
        (
            {"pyproject.toml": PROJECT + 'dependencies = [  # all\n"sanic"]\n'},
            ["sanic"],
            'add to the dependencies of the project: "sanic-actions[server]"',
        ),
        (
            {"pyproject.toml": PROJECT + 'dependencies = ["sanic"]\n', "uv.lock": ""},
            ["sanic"],
            'uv add "sanic-actions[server]"',
        ),
        (
            {"pyproject.toml": '[tool.poetry.dependencies]\nsanic = "*"\n'},
            None,
            'poetry add "sanic-actions[server]"',
        ),
        ({"requirements.txt": "sanic\n"}, None, "add to requirements.txt: sanic-actions[server]"),
        ({"requirements.txt": "sanic\nsanic-actions[server]\n"}, None, ""),
        ({}, None, ""),
    ],
)
def test_library_becomes_a_dependency(
    tmp_path: Path, files: dict[str, str], dependencies: list[str] | None, step: str
) -> None:
    """The app imports the library from now on: it is added where dependencies are listed, or the first step adds it."""
    project(tmp_path, shop=SHOP)
    for name, text in files.items():
        write(tmp_path / name, text)
    app = find_app(tmp_path, None)

    write_all(tmp_path, additions(tmp_path, app))

    tables = tomllib.loads((tmp_path / "pyproject.toml").read_text())
    assert tables.get("project", {}).get("dependencies") == dependencies
    assert next(next_commands(tmp_path, app)) == (step or "sanic-actions generate")


CI = """on: push
env:
  DESK_DB: "test.db"  # in memory
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python-version: ["3.9", "3.11", "3.12"]
    services:
      db:
        image: postgres:3.14
        env:
          POSTGRES_PASSWORD: x
    env:
      MODE: ${{ matrix.mode }}
      TOKEN: ${{ secrets.TOKEN }}
      DESK_DB: other
    steps:
      - uses: actions/setup-python@v5.3.13
        with:
          python-version: ${{ matrix.python-version }}
      - run: pytest
        env:
          LONG: |
            A: 1
          FLAG: '1'
"""
RULE = '[project]\nname = "shop"\nrequires-python = "{}"\n'


@pytest.mark.parametrize(
    ("files", "minor"),
    [
        ({}, 13),
        ({".github/workflows/ci.yml": CI}, 12),
        ({".github/workflows/ci.yaml": "x:\n  python:\n    - '3.10'\n    - 3.11\n    - pypy3.12\n"}, 11),
        ({".github/workflows/ci.yml": CI, "pyproject.toml": RULE.format(">=3.13")}, 13),
        ({"pyproject.toml": RULE.format(">=3.8,<4.0")}, 13),
        ({"pyproject.toml": RULE.format(">=3.11,<3.13")}, 12),
        ({"pyproject.toml": RULE.format(">=3.11, <=3.12")}, 11),
        ({"pyproject.toml": RULE.format("~=3.11.2")}, 11),
        ({"pyproject.toml": RULE.format("~=3.11,!=3.13.*,!=3.12.1")}, 12),
        ({"pyproject.toml": RULE.format("==3.12.*")}, 12),
        ({"pyproject.toml": RULE.format(">=3.14")}, 14),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.11 || ~3.12"\n'}, 12),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11,<3.12"\n'}, 11),
        ({".python-version": "3.12.4\n"}, 12),
    ],
)
def test_ci_has_a_python_that_the_project_allows(tmp_path: Path, files: dict[str, str], minor: int) -> None:
    """The workflow takes the newest Python of the project's others that its settings allow."""
    (tmp_path / ".github").mkdir()
    project(tmp_path, shop=SHOP)
    for name, text in files.items():
        write(tmp_path / name, text)

    write_all(tmp_path, additions(tmp_path, find_app(tmp_path, None)))

    workflow = (tmp_path / ".github/workflows/actions.yml").read_text()
    assert f'          python-version: "3.{minor}"\n' in workflow


def test_ci_has_the_variables_of_the_other_workflows(tmp_path: Path) -> None:
    """What the app may read when it is imported is set to the plain values that it has elsewhere."""
    project(tmp_path, shop=SHOP)
    write(tmp_path / ".github/workflows/ci.yml", CI)

    write_all(tmp_path, additions(tmp_path, find_app(tmp_path, None)))

    workflow = (tmp_path / ".github/workflows/actions.yml").read_text()
    environment = workflow.partition("    env:\n")[2].partition("    steps:")[0]
    assert environment == "      DESK_DB: \"test.db\"  # in memory\n      FLAG: '1'\n"


@pytest.mark.parametrize(
    ("lines", "variables"),
    [
        ("FOLDED: a\n  b", ""),
        ("OPEN: 'a\n  b'", ""),
        ("BARE: # nothing", ""),
        ("QUOTED: 'a # b'", "QUOTED: 'a # b'"),
        ("AFTER: a\n\n  # of the next one\nNEXT: b", "AFTER: a, NEXT: b"),
        ("PYTHONPATH: lib", "PYTHONPATH: lib:src"),
        ("PYTHONPATH: '/opt/srcs'  # ours", "PYTHONPATH: '/opt/srcs:src'  # ours"),
        ("PYTHONPATH: lib:./src/", "PYTHONPATH: lib:./src/"),
        ("SCRIPT: >-\n  env:\n    A: b", ""),
    ],
)
def test_ci_has_whole_values(tmp_path: Path, lines: str, variables: str) -> None:
    """A value of several lines is left out, what scripts write is no variable, and src is one of the folders."""
    project(tmp_path, src__shop____init__="", src__shop__web=SHOP)
    write(tmp_path / "requirements.txt", "sanic\n")
    script = "      - run: |\n          cat > x.yml <<END\n          env:\n            FROM_SCRIPT: a\n          END\n"
    steps = f"{script}      - run: pytest\n        env:\n{indent(lines, ' ' * 10)}\n"
    write(tmp_path / ".github/workflows/ci.yml", f"jobs:\n  test:\n    steps:\n{steps}")

    write_all(tmp_path, additions(tmp_path, find_app(tmp_path, None)))

    workflow = (tmp_path / ".github/workflows/actions.yml").read_text()
    environment = workflow.partition("    env:\n")[2].partition("    steps:")[0]
    expected = list(filter(None, variables.split(", ")))
    if "PYTHONPATH" not in variables:
        expected.append("PYTHONPATH: src")
    assert environment == "".join(f"      {line}\n" for line in expected)


@pytest.mark.parametrize(
    ("files", "is_set"),
    [
        ({"requirements.txt": "sanic\n"}, True),
        ({"requirements.txt": "sanic\n-e .\n"}, False),
        ({"requirements.txt": "./vendor/x\n.[dev]\n"}, False),
        ({"requirements.txt": "sanic\n", "pyproject.toml": PROJECT}, True),
        ({"pyproject.toml": PROJECT}, False),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, True),
        ({"pyproject.toml": PROJECT + SETUPTOOLS, "uv.lock": ""}, False),
        ({"pyproject.toml": "[tool.poetry]\npackage-mode = false\n", "poetry.lock": ""}, True),
    ],
)
def test_ci_finds_an_app_below_src(tmp_path: Path, files: dict[str, str], is_set: bool) -> None:
    """Where nothing installs the project, the workflow and the last lines say where its modules are."""
    (tmp_path / ".github").mkdir()
    project(tmp_path, src__shop____init__="", src__shop__web=SHOP)
    for name, text in files.items():
        write(tmp_path / name, text)
    app = find_app(tmp_path, None)

    write_all(tmp_path, additions(tmp_path, app))

    workflow = (tmp_path / ".github/workflows/actions.yml").read_text()
    assert ("    env:\n      PYTHONPATH: src\n    steps:\n" in workflow) is is_set
    assert ("In CI: PYTHONPATH=src sanic-actions check" in notes(tmp_path, app)) is is_set


def test_shared_state_moves_first(tmp_path: Path) -> None:
    """The module of the app imports the actions, so the last line says that they cannot import it."""
    project(tmp_path, shop=SHOP)

    result = run(tmp_path, "sanic_actions", "init", "--yes")

    assert "Before an action needs what shop defines" in result.stderr.splitlines()[-1]


MODULES = '[tool.setuptools]\npy-modules = ["shop", "server_actions"]\n'
FIND = '[tool.setuptools.packages.find]\ninclude = ["shop", "shop.*"]\n'


@pytest.mark.parametrize(
    ("path", "settings", "is_set"),
    [
        ("shop/web.py", PROJECT + SETUPTOOLS, True),
        ("shop/web.py", PROJECT, True),
        ("shop/web.py", PROJECT + SETUPTOOLS + '\n[tool.setuptools.package-data]\nshop = ["*.html"]\n', True),
        ("shop/web.py", PROJECT + SETUPTOOLS + '\n[tool.setuptools]\npackages = ["shop"]\n', False),
        ("shop/web.py", PROJECT + SETUPTOOLS.replace("setuptools", "hatchling"), False),
        ("shop/web.py", "[tool.black]\n", False),
        ("src/shop/web.py", PROJECT + SETUPTOOLS, False),
        ("shop.py", PROJECT, False),
        ("shop.py", PROJECT + SETUPTOOLS, True),
    ],
)
def test_project_still_builds(tmp_path: Path, path: str, settings: str, is_set: bool) -> None:
    """Setuptools, which looks for the one package of a project, is told which it is beside the client package."""
    write(tmp_path / path, SHOP)
    write(tmp_path / "pyproject.toml", settings)

    write_all(tmp_path, additions(tmp_path, find_app(tmp_path, None)))

    text = (tmp_path / "pyproject.toml").read_text()
    tomllib.loads(text)
    assert (FIND in text or MODULES in text) is is_set
