"""What type checkers make of generated packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from codegen import callers, golden

GOOD = """
from typing_extensions import assert_type
from golden_zoo import AsyncClient, actions
from golden_zoo.models import case_zoo as m
from sanic_actions.client import CallError, Err, InputError, Ok

assert_type(actions.shapes.Shapes.nothing(), None)
assert_type(actions.shapes.either(m.Cat(lives=1)), list[m.Cat | m.Dog])
assert_type(actions.computed.safe(), Ok[m.Cube] | Err[InputError | CallError])
assert_type(m.Page[int](items=[1]).items, list[int])
assert_type(m.Addresses(items=[]).items, list[m.Address])
assert_type(actions.computed().area, int)
assert_type(m.Tags(["a"]).root, list[str])
m.Derived(id=1)
m.Checked(a=1, b="x")
m.Point(1, 2, [])
m.Deep(item=1)
m.Open(a=1, more=2)
keys: m.Keys = {"a": 1}

async def main() -> None:
    async with AsyncClient("http://localhost") as client:
        assert_type(await client.computed(), m.Cube)
"""
BAD = {
    "m.Derived()": "call-arg",
    "m.Cat(lives='x')": "arg-type",
    "m.Deep(1)": "call-arg",
    "m.Open(a=1, more='x')": "arg-type",
    "m.Closed(a=1, more=2)": "call-arg",
    "actions.shapes.either()": "call-arg",
    "actions.shapes.aliased(inA=1)": "call-arg",
    "actions.shapes.nope()": "attr-defined",
    "actions.defaults(colour='red')": "arg-type",
    "actions.list(items=[1])": "deprecated",
}


STREAMS = """
from typing import assert_never
from typing_extensions import assert_type
from golden_streams import AsyncClient, Client
from golden_streams.models.case_streams import Closed, Overloaded, Token
from sanic_actions.client import AsyncStream, CallError, Err, InputError, Ok, Stream
from sanic_actions.testing import Fake

def sync(client: Client) -> None:
    with client.answer(question="?") as tokens:
        for token in tokens:
            assert_type(token, Token)
    assert_type(client.answer(question="?"), Stream[Token, Overloaded | Closed | InputError | CallError])
    for number in client.streams.numbers():
        assert_type(number, int)
    for result in client.answer(question="?").safe():
        if result.error is None:
            assert_type(result.data, Token)
            continue
        match result.error:
            case Overloaded():
                assert_type(result.error.seconds, int)
            case Closed() | InputError() | CallError():
                pass
            case _:
                assert_never(result.error)

async def asynchronous(client: AsyncClient) -> None:
    async with client.answer(question="?") as tokens:
        async for token in tokens:
            assert_type(token, Token)
    async for line in client.streams.log():
        assert_type(line, str | None)
    async for result in client.streams.log().safe():
        assert_type(result, Ok[str | None] | Err[InputError | CallError])
    assert_type(client.streams.numbers(), AsyncStream[int, InputError | CallError])

def answers(*, question: str, words: int = 3) -> list[Token]:
    return [Token(text=question)]

fake = Fake(Client)
fake.on(fake.client.answer).returns([Token(text="a")])
fake.on(fake.client.answer).returns(Token(text=text) for text in "ab")
fake.on(fake.client.answer).raises(Overloaded("busy", seconds=3))
fake.on(fake.client.answer).runs(answers)
async_fake = Fake(AsyncClient)
async_fake.on(async_fake.client.answer).runs(answers)
async_fake.on(async_fake.client.streams.numbers).returns([1, 2])
fake.on(fake.client.answer).returns(Token(text="a"))  # BAD
fake.on(fake.client.answer).returns([3])  # BAD
fake.on(fake.client.answer).raises(OSError())  # BAD
async_fake.on(async_fake.client.streams.numbers).returns(["a"])  # BAD
async_fake.on(async_fake.client.streams.numbers).raises(Overloaded("busy", seconds=3))  # BAD


def wrong_sync(client: Client) -> None:
    client.answer(question=3)  # BAD
    client.answer.safe(question="?")  # BAD
    client.answer(question="?").text  # BAD

async def wrong_asynchronous(client: AsyncClient) -> None:
    await client.answer(question="?")  # BAD
    for token in client.answer(question="?"):  # BAD
        print()
"""


pytestmark = pytest.mark.slow  # other programs, each for seconds; what they say does not depend on the Python here


def checked(tmp_path: Path, source: str, *options: str) -> str:
    (tmp_path / "use.py").write_text(source)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", *options, "use.py"]
    env = {**os.environ, "MYPYPATH": str(golden.PACKAGES)}
    return subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False
    ).stdout


def test_right_calls_and_models_pass(tmp_path: Path) -> None:
    """Signatures, results and models have the handlers' types."""
    assert "Success" in checked(tmp_path, GOOD)


def test_wrong_calls_and_models_are_type_errors(tmp_path: Path) -> None:
    """Each of them is reported before it is a request."""
    source = "from golden_zoo import actions\nfrom golden_zoo.models import case_zoo as m\n" + "\n".join(BAD)
    told = checked(tmp_path, source, "--enable-error-code=deprecated")
    lines = {int(line.split(":")[1]): line for line in told.splitlines() if ": error:" in line}

    for number, (call, code) in enumerate(BAD.items(), 3):
        assert f"[{code}]" in lines.get(number, ""), f"{call}: {told}"


@pytest.mark.parametrize("name", golden.NAMES)
def test_stubs_are_right_without_their_suppressions(tmp_path: Path, name: str) -> None:
    """What the header silences is nothing but what it is there for."""
    package = tmp_path / f"golden_{name}"
    shutil.copytree(golden.PACKAGES / package.name, package, ignore=shutil.ignore_patterns("__pycache__"))
    for stub in package.rglob("*.pyi"):
        stub.write_text(stub.read_text().replace("# mypy: ignore-errors\n", ""))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", package.name]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    # A field may be called like a method of pydantic's: that is what the header is there for.
    said = [line for line in done.stdout.splitlines() if 'base class "BaseModel" defined the type as' not in line]
    assert all(line.startswith(("Success", "Found 2 errors")) for line in said), done.stdout


# What stubtest says and no rendering can change, since it does not know these kinds of objects:
LIMITS = (
    r"is not a type$",  # a NewType
    r"(is not a Union|is inconsistent, runtime is not a type)$",  # a TypeAliasType
    r"\.__(closed|extra_items|mutable_keys|readonly_keys)__ is not present in stub$",  # typing_extensions' TypedDict
    r"\.(copy|json) variable differs from runtime type def ",  # a field that is called like a method of BaseModel
    r"\.__new__ is inconsistent, ",  # an enum with a mixed-in type
)


@pytest.mark.parametrize(("name", "limits"), [("blog", 0), ("circle", 0), ("streams", 0), ("zoo", 6), ("types", 18)])
def test_stubtest_finds_the_same_names_at_run_time(tmp_path: Path, name: str, limits: int) -> None:
    """Stubs promise nothing that is not there, and miss nothing that is."""
    command = [sys.executable, "-m", "mypy.stubtest", f"golden_{name}", "--concise"]
    env = {**os.environ, "MYPYPATH": str(golden.PACKAGES), "PYTHONPATH": str(golden.PACKAGES)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)
    lines = done.stdout.splitlines()

    assert [line for line in lines if not any(re.search(limit, line) for limit in LIMITS)] == [], done.stderr
    assert len(lines) == limits


@pytest.mark.parametrize("name", golden.NAMES)
def test_verifytypes_knows_every_type(tmp_path: Path, name: str) -> None:
    """Nothing in a package is unknown, or partly so."""
    command = ["pyright", "--verifytypes", f"golden_{name}", "--ignoreexternal"]
    env = {**os.environ, "PYTHONPATH": str(golden.PACKAGES)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)

    assert "Type completeness score: 100%" in done.stdout, done.stdout


CONFIGURATIONS = {
    "mypy": ["mypy", "--strict", "--config-file=mypy.ini", "--no-error-summary", "--hide-error-context"],
    "mypy with plugin": ["mypy", "--strict", "--config-file=plugin.ini", "--no-error-summary", "--hide-error-context"],
    "pyright": ["pyright"],
    "ty": ["ty", "check", "--output-format=concise", "--python-version=3.11"],
    "pyrefly": ["pyrefly", "check", "--output-format=min-text", "--python-version=3.11"],
}
SETTINGS = {
    "mypy.ini": "[mypy]\n",
    "plugin.ini": "[mypy]\nplugins = pydantic.mypy\n[pydantic-mypy]\ninit_typed = True\ninit_forbid_extra = True\n",
    "pyrightconfig.json": '{"typeCheckingMode": "strict", "pythonVersion": "3.11"}',
    "pyrefly.toml": "",
}
# `file:3: error: ...`, `file:3:1 - error: ...`, `file:3:1: error[rule] ...`, `ERROR file:3:1-9: ...`
PLACES = re.compile(
    r"^\s*(?P<before>ERROR )?(?P<file>\S+?\.pyi?):(?P<line>\d+)[^ ]* *(?:- )?(?P<after>error)?", re.MULTILINE
)


@pytest.mark.parametrize("checker", CONFIGURATIONS)
@pytest.mark.parametrize("name", ["types", "streams"])
def test_callers_have_the_types_of_the_handlers(tmp_path: Path, checker: str, name: str) -> None:
    """Inputs, outputs, items of streams and results have the handlers' types, and no other value is taken."""
    source = callers.source() if name == "types" else STREAMS
    shutil.copytree(golden.PACKAGES / f"golden_{name}", tmp_path / f"golden_{name}")
    (tmp_path / "use.py").write_text(source, encoding="utf-8")
    for file, text in SETTINGS.items():
        (tmp_path / file).write_text(text)
    command = [*CONFIGURATIONS[checker], "use.py", f"golden_{name}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    errors = (found for found in PLACES.finditer(done.stdout) if found["before"] or found["after"])

    told = {(Path(found["file"]).name, int(found["line"])) for found in errors}
    assert told == {("use.py", number) for number in callers.wrong(source)}, done.stdout[-4000:]
