"""What a real server process logs of a failed action, as the app has configured its logs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import free_port, wait_for

APP = """
import json, logging, logging.config, sys
from sanic import Sanic
from sanic.log import LOGGING_CONFIG_DEFAULTS
from sanic_actions import action
from sanic_actions.server import ActionsBlueprint, RedisStore

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
app.blueprint(ActionsBlueprint({"fail": fail, "work": work}, state=RedisStore("redis://127.0.0.1:1")))

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

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "observability.md").read_text()
RECIPE = re.findall(r"```python\n# json_logs\.py\n(.*?)```", PAGE, re.DOTALL)[0]
STRUCTURED = re.findall(r"```python\n# structured\.py\n(.*?)```", PAGE, re.DOTALL)[0]

CONFIGURED = {
    "default": "Sanic's own format",
    "formatters": "Sanic's configuration with a formatter of JSON",
    "own": "a configuration that names Sanic's loggers and the root, and disables all others",
    "late": "the same, configured when the server starts",
}


def lines_of(kind: str, folder: Path) -> tuple[str, str]:
    """Return what a server logs of three requests, and the id that the caller of the failed action was given."""
    if kind == "recipe":
        (folder / "app.py").write_text(f"{RECIPE}\nKIND = 'recipe'\n{APP}")
    else:
        (folder / "app.py").write_text(APP)
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "XDG_RUNTIME_DIR": str(folder)}
    with (folder / "log").open("wb") as log:
        if kind == "recipe":  # with what the command itself does to logs
            command = [sys.executable, "-m", "sanic", "app:app", "--single-process", "--port", str(port)]
        else:
            command = [sys.executable, "app.py", kind, str(port)]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                httpx2.post(f"{url}/_actions/work", timeout=60)
                break
            except httpx2.TransportError:
                time.sleep(0.05)
        problem = httpx2.post(f"{url}/_actions/fail", timeout=60).json()
        httpx2.get(f"{url}/fail", timeout=60)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # the main process may not hear it, but its worker does
            process.wait(15)
    finally:
        process.kill()
        process.wait(60)
    return (folder / "log").read_text(), problem["id"]


@pytest.mark.parametrize("kind", CONFIGURED, ids=CONFIGURED.get)
def test_a_masked_failure_looks_like_the_other_errors_of_the_app(kind: str, tmp_path: Path) -> None:
    """It stands in the log once, with its traceback, its action and the id of its caller, as another error would."""
    log, identity = lines_of(kind, tmp_path)

    assert log.count("ValueError: secret") == log.count("ValueError: plain") == 1
    assert log.count("/_actions/fail") == 1  # in the access log
    if kind == "default":
        own, other, at_start = (
            re.search(rf"^(.*ERROR: ){message}", log, re.MULTILINE)
            for message in (
                re.escape(f"'fail' failed (id {identity})."),
                "Exception occurred while",
                "The state store cannot be used",
            )
        )
        assert own and other and at_start  # noqa: PT018  # for the type checker
        assert len({re.sub(r"\d", "0", match[1]) for match in (own, other, at_start)}) == 1
        assert ".." not in log
        return
    records: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (record,) = [record for record in records if record["logger"] == "sanic_actions" and "action" in record]
    assert (record["level"], record["action"], record["error_id"]) == ("ERROR", "fail", identity)
    assert record["exception"].endswith("ValueError: secret")
    assert [record["status"] for record in records if "/_actions/fail" in record.get("request", "")] == [500]


def test_recipe_for_json_logs_json(tmp_path: Path) -> None:
    """The handler of the page on logs writes a line of JSON for each record, under the command ``sanic`` too."""
    log, identity = lines_of("recipe", tmp_path)

    records: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines() if '"message"' in line]
    assert [record["error_id"] for record in records if record["action"] == "fail"] == [identity]
    assert [record["traceback"].endswith("ValueError: secret") for record in records if record["error_id"]] == [True]
    assert any(record["message"].startswith("The state store cannot be used") for record in records)
    assert log.count("ValueError: secret") == 1


SCRIPT = str(Path(sys.executable).with_name("sanic"))
COMMANDS = {
    "uvicorn": [sys.executable, "-m", "uvicorn", "structured:app", "--log-level", "warning"],
    "sanic": [SCRIPT, "structured:app", "--no-motd"],
    "sanic in one process": [SCRIPT, "structured:app", "--no-motd", "--single-process"],
}


@pytest.mark.parametrize("server", COMMANDS)
def test_recipe_for_structlog(server: str, tmp_path: Path) -> None:
    """With structlog as the page sets it up, app, Sanic and failed actions log JSON, with the action and its id."""
    pytest.importorskip("structlog", reason="structlog is not installed")
    (tmp_path / "structured.py").write_text(STRUCTURED)
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "XDG_RUNTIME_DIR": str(tmp_path)}
    command = [*COMMANDS[server], "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(process, f"http://127.0.0.1:{port}")
        problem = httpx2.post(f"http://127.0.0.1:{port}/_actions/price", json={"sku": "coal"}, timeout=60).json()
    finally:
        # The whole group: Sanic's main process may wait for ever for a worker that was stopped at its start.
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)

    lines = (tmp_path / "log").read_text().splitlines()
    assert not [line for line in lines if line.startswith(("╭", "│", "╰", "Traceback"))]
    records = [json.loads(line) for line in lines if line.startswith("{")]
    priced, failed = (record for record in records if record.get("action") == "price")
    assert (priced["event"], priced["sku"], priced["logger"]) == ("priced", "coal", "shop")
    assert (failed["error_id"], failed["level"], failed["logger"]) == (problem["id"], "error", "sanic_actions")
    assert failed["exception"].endswith("KeyError: 'coal'")
    assert any(record["logger"].startswith("sanic.") for record in records)
