"""Serves one of the two apps, with its telemetry and its audit in the terminal."""

from __future__ import annotations

import logging
import sys
from typing import Any

from sanic import Sanic

from . import app as bank
from . import payroll
from .telemetry import Telemetry

APPS = {"bank": bank.create_app, "payroll": payroll.create_app}


def main(name: str, port: int) -> None:
    """Serve an app until somebody ends it."""
    telemetry = Telemetry(name)
    audit = logging.getLogger("audit")
    audit.addHandler(logging.StreamHandler(sys.stdout))
    audit.handlers[0].setFormatter(logging.Formatter(f"{name:8} audit: %(message)s"))
    audit.setLevel(logging.INFO)
    app = APPS[name]()
    app.config.AUTO_EXTEND = False
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    logging.getLogger("sanic.server").setLevel(logging.WARNING)

    @app.after_server_stop
    async def report(app: Sanic[Any, Any]) -> None:
        telemetry.print_metrics()

    app.run(host="127.0.0.1", port=port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
