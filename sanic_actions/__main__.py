"""``python -m sanic_actions`` and the script ``sanic-actions``: the command line of an extra."""

from __future__ import annotations

import atexit
import io
import os
import signal
import sys
import threading

INSTALL = """The command line needs an extra. Where the app is, install

    pip install 'sanic-actions[server]'

and where it is not, for 'diff' and 'check --client':

    pip install 'sanic-actions[cli]'
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Those after the program's name; by default those of the process.

    Returns:
        The exit code: 0 current or written, 1 out of date, 2 wrong usage, 130 interrupted.
    """
    try:
        from ._cli.commands import run
    except ImportError as error:
        # Not on Windows, and its own sentence says so.
        if error.name == "fcntl":
            sys.stderr.write(f"{error}\n")
            return 2
        if (error.name or "").partition(".")[0] not in ("cyclopts", "html5tagger", "multipart", "sanic"):
            raise
        sys.stderr.write(INSTALL)
        return 2
    if arguments is not None:
        return run(arguments)
    # SIGTERM raises KeyboardInterrupt, as Ctrl-C does, so that half-written files are undone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # CI logs mix stdout and stderr: flushed line by line, they keep the order of events.
        sys.stdout.reconfigure(line_buffering=True)
    code = run(sys.argv[1:])
    threads = {thread for thread in threading.enumerate() if not thread.daemon}
    if threads != {threading.main_thread()}:
        # The app has started a thread, which Python would wait for, maybe for ever, before it runs
        # what is registered for the end: the app's own cleaning, or that of a tool that measures it.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
