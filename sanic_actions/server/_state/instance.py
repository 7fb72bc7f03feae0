"""The name of an instance of an app, which tells two on one machine apart: staging and production.

The workers of an instance arrive at the same name without talking to each other, and so does the
instance after a restart, because the name is made only of what a worker inherits. Values of
``app.config`` are not in it, since they may differ between workers (Sanic itself keeps the name of
the worker there).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sanic import Sanic

_TELLING: Final = re.compile(r"(?:.*_)?(?:ENV|ENVIRONMENT|STAGE|INSTANCE|SETTINGS|CONFIG|HOST|PORT|URL|DSN|DATABASE)")
"""Names of environment variables that tell instances apart, and stay when one is started again."""


def instance_name(app: Sanic[Any, Any]) -> Callable[[], str]:
    """Return a function that names an instance of an app, to be called once its server runs."""
    # Read where the app is defined, since a handler may change into another folder for a while.
    folder = str(Path.cwd())

    def name() -> str:
        environment = sorted((name, value) for name, value in os.environ.items() if _TELLING.fullmatch(name))
        identity = json.dumps([folder, sys.argv, _addresses(app), environment])
        # Only a digest: the URL of a database may hold a password, and the name is logged.
        digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{app.name[:100]}-{digest[:16]}"

    return name


def _addresses(app: Sanic[Any, Any]) -> list[list[str]]:
    """Return where Sanic's own server listens; others have their address on the command line."""
    return [_address(info.settings) for info in app.state.server_info]


def _address(settings: Mapping[str, Any]) -> list[str]:
    if settings.get("unix"):
        return [str(settings["unix"])]
    sock = settings.get("sock")
    if sock is None:
        return [str(settings.get("host")), str(settings.get("port"))]
    # Sanic binds once for all workers, and hands them the socket in place of host and port.
    return [str(part) for part in sock.getsockname()[:2]]
