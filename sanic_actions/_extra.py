"""Raise an error that names the missing extra, before an import fails without it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

_PACKAGES: Final = ("sanic", "html5tagger", "multipart")

INSTALL: Final = "pip install 'sanic-actions[server]'"


def _is_installed(name: str) -> bool:
    # Looked for, not imported: an ImportError from inside a package would be reported as its
    # absence.
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


def _require() -> None:
    for name in _PACKAGES:
        if not _is_installed(name):
            message = f"sanic_actions.server needs {name!r}, which is not installed. Install the extra: {INSTALL}"
            raise ModuleNotFoundError(message, name=name)


_require()
