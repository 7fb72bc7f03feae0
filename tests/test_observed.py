"""The example with everything around its handlers: one trace through three processes, and the tests of its teams."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> str:
    """Run Python from the root, with the generated packages, and return what it prints."""
    paths = os.pathsep.join([str(ROOT / "stubs"), str(ROOT)])
    process = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_one_trace_and_metrics_of_all_processes() -> None:
    """Each call is a span on both sides, of one trace; failures say their code, and are counted apart."""
    lines = run("-m", "examples.observed").splitlines()
    spans = [re.fullmatch(r"(\w+) +trace (\w+)  (\w+) +(\w+) +[0-9.]+ ms  (\w+)", line) for line in lines]
    parts = [match.groups() for match in spans if match is not None]

    assert len({trace for _, trace, *_ in parts}) == 1
    assert sorted((service, kind, name, code) for service, _, kind, name, code in parts) == [
        *(("bank", "server", "transfer", code) for code in ("CONFLICT", "NOT_FOUND", "ok")),
        *(("payroll", "client", "transfer", code) for code in ("CONFLICT", "NOT_FOUND", "ok")),
        ("payroll", "server", "pay_day", "ok"),
        ("script", "client", "pay_day", "ok"),
    ]
    assert sum("rpc.server.call.duration" in line for line in lines) == 4
    assert "bank     audit: acme transfer {'to': 'bob', 'cents': 500000}: failed" in lines
    assert "bob      not paid: only 400000 cents are left" in lines


def test_the_tests_of_the_example() -> None:
    """They pass, the bank's with ``local``, the payroll's with a typed fake."""
    assert "6 passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", "examples/observed")
