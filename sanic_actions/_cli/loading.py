"""Surround the import of the user's code, which may print, serve, read the command line, or never end."""

from __future__ import annotations

import contextlib
import linecache
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .import_report import UNDER_MAIN, is_installed
from .usage_error import UsageError


@contextlib.contextmanager
def loading(module: str) -> Iterator[None]:
    """Redirect what the user's code prints to stderr, and stop it from serving.

    stdout and the command line are the command's own.
    """
    with (
        _stdout_redirected(),
        _arguments_hidden(),
        _slow_import_reported(module),
        _server_start_refused(module),
        _lock_warning_silenced(),
    ):
        yield


@contextlib.contextmanager
def _stdout_redirected() -> Iterator[None]:
    """Send to stderr what is printed, by programs that the user's code starts too."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        if sys.__stdout__ is not None and sys.__stdout__.fileno() == _STDOUT:
            sys.__stdout__.flush()
            own = os.dup(_STDOUT)
            os.dup2(_STDERR, _STDOUT)
            stack.callback(os.close, own)
            stack.callback(os.dup2, own, _STDOUT)
        yield


@contextlib.contextmanager
def _arguments_hidden() -> Iterator[None]:
    """Hide the arguments of the command: a module that reads the command line would take them for its own."""
    arguments = sys.argv
    sys.argv = arguments[:1]
    try:
        yield
    finally:
        sys.argv = arguments


@contextlib.contextmanager
def _slow_import_reported(module: str) -> Iterator[None]:
    """Say where the user's code is when it does not come back: in a loop of its own, or waiting for an answer."""
    thread = threading.get_ident()

    def tell() -> None:
        place = _place_in(thread)
        sys.stderr.write(
            f"{module} has not been imported after {SLOW:g} seconds{place}\nPut what waits or serves {UNDER_MAIN}\n"
        )

    timer = threading.Timer(SLOW, tell)
    timer.daemon = True  # a command that ends meanwhile does not wait for it
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


SLOW: Final = 10.0
"""Seconds after which an import that has not ended is told."""


def _place_in(thread: int) -> str:
    """Return the line of the user's own code that a thread is at, if any."""
    for frame, line in traceback.walk_stack(sys._current_frames()[thread]):
        file = frame.f_code.co_filename
        if not is_installed(file) and Path(file).is_file():
            return f", and is at {file}:{line}: {linecache.getline(file, line).strip()}"
    return "."


_STDOUT: Final = 1
_STDERR: Final = 2
"""File descriptors, which programs have from the one that starts them."""


@contextlib.contextmanager
def _server_start_refused(module: str) -> Iterator[None]:
    """Raise for a module that starts a server when it is imported; without Sanic none can."""
    try:
        from ..server._importing import ServerStarted, nothing_served
    except ImportError:  # the extra "server" is not installed
        yield
        return
    try:
        with nothing_served():
            yield
    except ServerStarted:
        raise UsageError(
            f"{module} starts its server when it is imported. Put that under a condition:\n\n"
            "    if __name__ == '__main__':\n        app.run()"
        ) from None


@contextlib.contextmanager
def _lock_warning_silenced() -> Iterator[None]:
    """Keep an app from logging that its lock is missing: commands say so, or write it."""
    logger = logging.getLogger("sanic_actions.contract")
    with contextlib.ExitStack() as stack:
        stack.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.ERROR)
        yield
