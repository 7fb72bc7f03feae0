"""What the contract costs: to keep and to compare it for 1,000 actions, and to send it with each call.

The server is that of ``tests/codegen/scale.py``, with two models for each action. Importing it is not counted, which
any tool pays that reads it.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.generator import _told, _write_server

COUNT = 1_000
PER_CALL = "per call"
_OPEN = """
from pathlib import Path
from scale_app import server
from sanic_actions._namespace import entries
from sanic_actions.contract import compare, describe, locked, read_lock, write_lock
gc.freeze()  # as the command line does
gc.disable()
tree, path = entries(server), Path({folder!r}, "actions.lock.json")
start = time.process_time()
"""
_END = "\nprint(time.process_time() - start)\n"
_LOCK = f"{_OPEN}write_lock(path, locked('actions', describe(tree), None)){_END}"
_LOCK_AGAIN = f"{_OPEN}write_lock(path, locked('actions', describe(tree), read_lock(path))){_END}"
_DIFF = f"{_OPEN}assert compare(read_lock(path).contract, describe(tree)) == []{_END}"
_DIFF_ALL = f"""{_OPEN}
import json
from sanic_actions.contract import Contract
older = read_lock(path).contract
text = json.dumps(older.as_json()).replace('"max_length": 80', '"max_length": 90').replace('"tags"', '"labels"')
data = json.loads(text)
start = time.process_time()
changes = compare(Contract(data["actions"], data["inputs"], data["outputs"]), describe(tree))
assert len(changes) >= {COUNT}{_END}"""
_TRIAL = """
from scale_app import server
from sanic_actions._cli.trial import try_import
from sanic_actions.codegen import generate
texts = generate(server)
import resource
before = resource.getrusage(resource.RUSAGE_CHILDREN)
try_import("actions", texts)
after = resource.getrusage(resource.RUSAGE_CHILDREN)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
"""
_SERVER_SIDE = """
from types import SimpleNamespace
from sanic.compat import Header
from sanic_actions import Namespace, action
from sanic_actions._namespace import entries
from sanic_actions.server._call.contract_check import ContractCheck
@action
def act(sku: str) -> int: return 1
check = ContractCheck(entries(Namespace(act=act)), None)
digest = check._hashes("act")
def run(headers, times=200_000):
    request = SimpleNamespace(headers=Header(headers))
    start = time.process_time()
    for _ in range(times):
        check.mark(request, "act", None)
    return (time.process_time() - start) / times
run({{"actions-contract": [*digest][0]}}, 1000)
print(run({{"accept": "*/*", "actions-contract": [*digest][0]}}))
"""
_CLIENT_SIDE = """
def run(contract, times=200_000):
    start = time.process_time()
    for _ in range(times):
        headers = {{"content-type": "application/json"}}
        if contract:
            headers["actions-contract"] = contract
    return (time.process_time() - start) / times
def look(times=200_000):
    headers = {{"content-type": "application/json", "content-length": "1"}}
    start = time.process_time()
    for _ in range(times):
        "actions-contract" in headers and True
    return (time.process_time() - start) / times
print(run("0123456789abcdef") - run("") + look())
"""


def measure(*, rounds: int = 3) -> dict[str, float]:
    """Seconds of CPU by what was done."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return dict(_steps(folder, rounds))


def _steps(folder: Path, rounds: int) -> Iterator[tuple[str, float]]:
    _write_server(folder, COUNT)
    _told("import scale_app; print(0)", folder)  # leaves compiled files behind
    steps = {
        "lock, the first": _LOCK,
        "lock, nothing changed": _LOCK_AGAIN,
        "diff, nothing changed": _DIFF,
        "diff, every action changed": _DIFF_ALL,
        "the child that imports a new package": _TRIAL,
        f"the header at the server, {PER_CALL}": _SERVER_SIDE,
        f"the header at the client, {PER_CALL}": _CLIENT_SIDE,
    }
    for what, code in steps.items():
        yield what, statistics.median(_told(code, folder) for _ in range(rounds))


def in_units(costs: dict[str, float]) -> dict[str, float]:
    """Return the costs in the units that they are shown in: microseconds for a call, else milliseconds."""
    return {what: cost * (1e6 if PER_CALL in what else 1e3) for what, cost in costs.items()}


def table(costs: dict[str, float]) -> str:
    """Return the costs as Markdown."""
    rows = []
    for what, cost in in_units(costs).items():
        shown = f"{cost:.2f} µs" if PER_CALL in what else f"{cost:,.0f} ms"
        rows.append(f"| {what} | {shown} |")
    return "\n".join([f"| {COUNT:,} actions | CPU |", "| --- | ---: |", *rows])
