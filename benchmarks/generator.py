"""What a client package costs to make, to import and to check, for trees of 10 to 5,000 actions, and beside peers.

Every program runs on its own, with fresh caches unless it says otherwise; its CPU is counted, children included.
Checkers read an environment with nothing in it but this package and what it needs, as a caller has it. The server is
that of ``tests/codegen/scale.py``: two models for each action, twenty actions in each namespace.
"""

from __future__ import annotations

import itertools
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import _environment

ROOT = Path(__file__).parents[1]
COUNTS = (10, 100, 1_000, 5_000)
PEERS = 100
"""Actions that the peers generate for: they take long."""

# What is printed stands last: seconds of CPU without the imports of the server, which any tool pays that reads it.
_HERE = "import sys; sys.path[:0] = [{tests!r}, {root!r}, {folder!r}]\nimport gc, time\n"
_GENERATE = """
from pathlib import Path
from scale_app import server
from sanic_actions._cli.output import compare, write
from sanic_actions.codegen import generate
gc.freeze()  # as the command line does
gc.disable()
out, start = Path({folder!r}), time.process_time()
texts = generate(server)
changes = compare(out, "actions", texts)
write(out, changes, texts)
print(time.process_time() - start)
"""
_IMPORT = "start = time.process_time()\nfrom actions import actions\nprint(time.process_time() - start)\n"
_FIRST_CALL = """
from actions import Client
from sanic_actions.client import Response
class Null:
    def send(self, request): return Response(200, {{"content-type": "application/json"}}, b'{{"items": []}}')
    def close(self): pass
import pydantic, sanic_actions._wire  # what any first call needs
client = Client("http://localhost", transport=Null())
start = time.process_time()
from actions.models import scale_part0
client.group0.act0(item=scale_part0.Item0(id=1, name="a"), name="b")
print(time.process_time() - start)
"""
MYPY = [sys.executable, "-m", "mypy", "--strict", "--config-file="]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was measured: seconds of CPU, by number of actions."""

    what: str
    seconds: dict[int, float]


def growth(*, rounds: int = 3, counts: tuple[int, ...] = COUNTS) -> list[Line]:
    """The steps on the way of a package, for each number of actions."""
    found: dict[str, dict[int, float]] = {}
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            for what, cost in _steps(Path(name), count, rounds):
                found.setdefault(what, {})[count] = cost
    return [Line(what, costs) for what, costs in found.items()]


def _steps(folder: Path, count: int, rounds: int) -> Iterator[tuple[str, float]]:
    _write_server(folder, count)
    _python("import scale_app", folder)  # leaves compiled files behind
    yield "generate and write", _told(_GENERATE, folder)
    yield "generate, nothing to write", _median(lambda: _told(_GENERATE, folder), rounds)
    _python("import actions", folder)
    yield "import of the package", _median(lambda: _told(_IMPORT, folder), rounds)
    yield "first call, its models included", _median(lambda: _told(_FIRST_CALL, folder), rounds)
    _write_callers(folder, count)
    python = str(_environment.make(folder / "environment"))
    mypy = [*MYPY, f"--python-executable={python}", "-p", "callers"]
    yield "mypy --strict, cold", _spent(mypy, folder)
    yield "mypy --strict, warm", _median(lambda: _spent(mypy, folder), rounds)
    yield "mypy --strict, one action edited", _median(lambda: _edited(mypy, folder), rounds)
    yield "pyright", _spent(["pyright", "--pythonpath", python, "callers"], folder)


def _edited(command: list[str], folder: Path) -> float:
    """The same after a change of one signature and its length: mypy looks at that, and at the second of the change."""
    stub = folder / "actions" / "_calls" / "group0.pyi"
    default = 10 ** next(_edits)
    stub.write_text(re.sub(r"count: int = \d+", f"count: int = {default}", stub.read_text(), count=1))
    return _spent(command, folder)


_edits = itertools.count(1)


def yardsticks(*, rounds: int = 3) -> dict[str, float]:
    """Seconds of CPU that mypy takes, cold, for one line of Python: what no client package can save."""
    lines = ("x = 1", "import pydantic", "import httpx2", "import sanic_actions.client")
    with tempfile.TemporaryDirectory() as name:
        mypy = [*MYPY, f"--python-executable={_environment.make(Path(name) / 'environment')}", "--cache-dir=/dev/null"]
        return {line: _median(lambda line=line: _spent([*mypy, "-c", line], Path(name)), rounds) for line in lines}  # type: ignore[misc]  # bound at once


def peers(*, rounds: int = 3, count: int = PEERS) -> dict[str, float]:
    """Seconds of CPU of whole commands: a client for the same actions, from the server or from its OpenAPI document."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_server(folder, count)
        program = [sys.executable, "-m", "sanic_actions"]
        document = _run([*program, "openapi", "scale_app:server"], folder).stdout
        (folder / "openapi.json").write_text(json.dumps(_described(json.loads(document))))
        scripts = Path(sys.executable).parent
        commands = {
            "sanic-actions generate": [*program, "generate", "scale_app:server", "--out", "ours"],
            "openapi-python-client": [
                *(str(scripts / "openapi-python-client"), "generate", "--path", "openapi.json"),
                *("--output-path", "theirs", "--overwrite", "--meta", "none"),
            ],
            "datamodel-code-generator (models only)": [
                *(str(scripts / "datamodel-codegen"), "--input", "openapi.json", "--output", "models"),
                *("--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"),
            ],
        }
        return {
            tool: _median(lambda command=command: _spent(command, folder), rounds)  # type: ignore[misc]  # bound at once
            for tool, command in commands.items()
        }


def _described(document: dict[str, object]) -> dict[str, object]:
    """The document with the server that some tools ask for."""
    return {"servers": [{"url": "http://localhost"}], **document}


def _write_server(folder: Path, count: int) -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from codegen import scale

    scale.write(folder, max(count // scale.ACTIONS, 1), min(count, scale.ACTIONS))


def _write_callers(folder: Path, count: int) -> None:
    """A call of each action, in a module for each namespace."""
    callers = folder / "callers"
    callers.mkdir()
    (callers / "__init__.py").touch()
    for group in range(max(count // 20, 1)):
        lines = ["from actions import actions", f"from actions.models import scale_part{group} as m"]
        for act in range(min(count, 20)):
            call = f"actions.group{group}.act{act}(item=m.Item{act}(id=1, name='a'), name='b', count=2)"
            lines.append(f"page{act}: m.Page{act} = {call}")
        (callers / f"caller{group}.py").write_text("\n".join([*lines, ""]))


def _median(measure: Callable[[], float], rounds: int) -> float:
    return statistics.median(measure() for _ in range(rounds))


def _told(code: str, folder: Path) -> float:
    return float(_python(code.format(folder=str(folder)), folder).split()[-1])


def _python(code: str, folder: Path) -> str:
    head = _HERE.format(tests=str(ROOT / "tests"), root=str(ROOT), folder=str(folder))
    return _run([sys.executable, "-c", head + code], folder).stdout


def _spent(command: list[str], folder: Path) -> float:
    """Seconds of CPU of a program and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command, folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:200]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def table(lines: list[Line]) -> str:
    """The growth as Markdown, in milliseconds."""
    counts = list(lines[0].seconds)
    rows = [f"| CPU, ms | {' | '.join(f'{count:,}' for count in counts)} |", f"| --- |{' ---: |' * len(counts)}"]
    rows += [f"| {line.what} | {' | '.join(f'{line.seconds[n] * 1e3:,.0f}' for n in counts)} |" for line in lines]
    return "\n".join(rows)


def listed(found: dict[str, float]) -> str:
    """Single figures as Markdown, in milliseconds."""
    return "\n".join(["| | CPU, ms |", "| --- | ---: |", *(f"| {k} | {v * 1e3:,.0f} |" for k, v in found.items())])
