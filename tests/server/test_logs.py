"""What a real server process logs of a failed action, as the app has configured its logs."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

APP = """
import json, logging, logging.config, sys
from sanic import Sanic
from sanic.log import LOGGING_CONFIG_DEFAULTS
from sanic_actions import action
from sanic_actions.server import ActionsBlueprint

class Lines(logging.Formatter):
    def format(self, record):
        names = ("action", "error_id", "status", "request")
        line = {"level": record.levelname, "logger": record.name, "message": record.getMessage()}
        line |= {name: getattr(record, name) for name in names if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)

SANIC = ("sanic.root", "sanic.error", "sanic.access", "sanic.server")
OWN = {  # disable_existing_loggers is True where nobody says it
    "version": 1,
    "formatters": {"lines": {"()": Lines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "loggers": {name: {"handlers": ["stderr"], "level": "INFO", "propagate": False} for name in SANIC},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
SANICS = {**LOGGING_CONFIG_DEFAULTS, "formatters": dict.fromkeys(("generic", "access"), {"()": Lines})}
CONFIGS = {"default": None, "formatters": SANICS, "own": OWN}

@action
async def fail() -> int:
    raise ValueError("secret")

@action
async def work() -> int:
    return 1

kind = globals().get("KIND") or sys.argv[1]
app = Sanic("logs", log_config=CONFIGS.get(kind))
app.config.AUTO_EXTEND = False
app.blueprint(ActionsBlueprint({"fail": fail, "work": work}))

@app.get("/fail")
async def plain(request):
    raise ValueError("plain")

@app.before_server_start
async def configure(app):
    if kind == "late":
        logging.config.dictConfig(OWN)

if __name__ == "__main__":
    app.run(port=int(sys.argv[2]), single_process=True, access_log=True)
"""

CONFIGURED = {
    "default": "Sanic's own format",
    "formatters": "Sanic's configuration with a formatter of JSON",
    "own": "a configuration that names Sanic's loggers and the root, and disables all others",
    "late": "the same, configured when the server starts",
}


def lines_of(kind: str, folder: Path) -> tuple[str, str]:
    """Return what a server logs of three requests, and the id that the caller of the failed action was given."""
    (folder / "app.py").write_text(APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "XDG_RUNTIME_DIR": str(folder)}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "app.py", kind, str(port)]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                httpx2.post(f"{url}/_actions/work", timeout=10)
                break
            except httpx2.TransportError:
                time.sleep(0.05)
        problem = httpx2.post(f"{url}/_actions/fail", timeout=10).json()
        httpx2.get(f"{url}/fail", timeout=10)
        process.terminate()
        process.wait(15)
    finally:
        process.kill()
        process.wait(10)
    return (folder / "log").read_text(), problem["id"]


@pytest.mark.parametrize("kind", CONFIGURED, ids=CONFIGURED.get)
def test_a_masked_failure_looks_like_the_other_errors_of_the_app(kind: str, tmp_path: Path) -> None:
    """It stands in the log once, with its traceback, its action and the id of its caller, as another error would."""
    log, identity = lines_of(kind, tmp_path)

    assert log.count("ValueError: secret") == log.count("ValueError: plain") == 1
    assert log.count("/_actions/fail") == 1  # in the access log
    if kind == "default":
        own, other = (
            re.search(rf"^(.*ERROR: ){message}", log, re.MULTILINE)
            for message in (re.escape(f"'fail' failed (id {identity})."), "Exception occurred while")
        )
        assert own is not None and other is not None  # noqa: PT018  # for the type checker
        assert re.sub(r"\d", "0", own[1]) == re.sub(r"\d", "0", other[1])
        return
    records: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (record,) = [record for record in records if record["logger"] == "sanic_actions"]
    assert (record["level"], record["action"], record["error_id"]) == ("ERROR", "fail", identity)
    assert record["exception"].endswith("ValueError: secret")
    assert [record["status"] for record in records if "/_actions/fail" in record.get("request", "")] == [500]
