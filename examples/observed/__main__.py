"""Shows one trace through three processes, and what each of them measured: ``nox -s example -- observed``.

A script asks the payroll to pay wages, the payroll asks the bank for each of them. Nothing of what is printed is said
in a handler. The packages of the clients lie in ``stubs/``; the accounts lie in a temporary folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from examples.tour import ROOT, fetch, free_port

sys.path.insert(0, str(ROOT / "stubs"))
from payroll_client import Client  # it lies there

from sanic_actions.opentelemetry import OpenTelemetry

from .telemetry import Telemetry

WAGES = {"ada": 600_000, "bob": 500_000, "eve": 1}


@contextmanager
def service(name: str, port: int, variables: Mapping[str, str]) -> Iterator[None]:
    """Keep a service running, which prints into this terminal, until the block ends."""
    command = [sys.executable, "-m", "examples.observed.serve", name, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **variables})
    try:
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):
                fetch(f"http://127.0.0.1:{port}/")
                break
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> None:
    """Serve both services, and pay wages once."""
    bank, payroll = free_port(), free_port()
    telemetry = Telemetry("script")
    with tempfile.TemporaryDirectory(prefix="sanic-actions-") as folder, ExitStack() as stack:
        variables = {
            "PYTHONPATH": str(ROOT / "stubs"),
            "BANK_URL": f"http://127.0.0.1:{bank}",
            "BANK_DB": str(Path(folder) / "bank.db"),
        }
        stack.enter_context(service("bank", bank, variables))
        stack.enter_context(service("payroll", payroll, variables))
        with Client(f"http://127.0.0.1:{payroll}", observers=[OpenTelemetry()]) as client:
            report = client.pay_day(wages=WAGES)
        telemetry.print_metrics()
    for name, outcome in report.items():
        print(f"{name:8} {outcome}")


if __name__ == "__main__":
    main()
