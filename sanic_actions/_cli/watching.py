"""``generate --watch``: the package follows the app's sources until somebody presses Ctrl-C.

Each change starts a child process that imports the app. This process never imports it, so a broken
module does not end the watch. The files that the child writes are not watched, or each run would
cause the next.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from .._child import end_child
from .client_options import FILE, ClientOptions
from .usage_error import UsageError

PAUSE: Final = 250
"""Milliseconds after which a child that has ended is noticed."""
_FOREIGN: Final = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
"""Folders whose files are not an app's own; those whose names begin with a dot are not either."""


def watch(command: Sequence[str], clients: Callable[[], Iterable[ClientOptions]]) -> int:
    """Run a command now and after each change of the sources until interrupted; return 0.

    Args:
        command: The command that brings the packages up to date, for a child process.
        clients: Returns the packages; called again after each change, since pyproject.toml may be
            what changed.

    Raises:
        UsageError: The package watchfiles is not installed, or pyproject.toml has a mistake.
    """
    sources = Sources(clients())
    runs = _Runs(command)
    try:
        for is_new in _rounds(sources):
            if is_new:
                sources.read(clients)
                runs.restart()
            else:
                runs.look()
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped watching.\n")
    finally:
        runs.stop()
    return 0


def _rounds(sources: Sources) -> Iterator[bool]:
    """Yield True at once, and then several times a second whether a file has changed."""
    options = {"watch_filter": sources.has, "rust_timeout": PAUSE, "yield_on_timeout": True}
    rounds = _import_watch()(*sources.folders, **options)
    next(rounds)  # starts to watch, so that changes during the first run count
    yield True
    for changes in rounds:
        yield bool(changes)


def _import_watch() -> Callable[..., Iterator[Collection[object]]]:
    try:
        from watchfiles import watch
    except ImportError:
        raise UsageError(
            "generate --watch needs the package watchfiles. Install it with: pip install 'sanic-actions[watch]'"
        ) from None
    return watch


class Sources:
    """The source files of an app.

    Attributes:
        folders: The folders that its modules are imported from, none inside another.
    """

    def __init__(self, clients: Iterable[ClientOptions]) -> None:
        self.folders = tuple(source_folders(sys.path))
        self._outputs, self._locks = _written_by(clients)

    def read(self, clients: Callable[[], Iterable[ClientOptions]]) -> None:
        """Read the settings again; if they cannot be read, the last ones stay."""
        try:
            self._outputs, self._locks = _written_by(clients())
        except UsageError:
            return  # the child says what is wrong

    def has(self, change: object, name: str) -> bool:
        """Return whether a changed file counts: a source, a lock, or pyproject.toml."""
        path = Path(name)
        if self._is_output(path):
            return False
        if path in self._locks:
            return True
        if path.suffix != ".py" and path.name != FILE:
            return False
        # Outside of all folders, as pyproject.toml may be, only the name of the file is looked at.
        around = (folder for folder in self.folders if path.is_relative_to(folder))
        folder = next(around, path.parent)
        return not any(part.startswith(".") or part in _FOREIGN for part in path.relative_to(folder).parts)

    def _is_output(self, path: Path) -> bool:
        return any(map(path.is_relative_to, self._outputs))


def source_folders(paths: Iterable[str]) -> Iterator[Path]:
    """Yield the folders of the app's modules: the current one, and those of the import path."""
    # The folder of the console script is on the path too, and holds no sources of the app.
    script = Path(sys.argv[0]).resolve().parent
    libraries = Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()
    here = Path.cwd().resolve()
    folders = [here]
    for path in paths:
        folder = Path(path).resolve()
        is_source = folder.is_dir() and folder != script and _FOREIGN.isdisjoint(folder.parts)
        if is_source and not any(map(folder.is_relative_to, libraries)):
            folders.append(folder)
    for folder in dict.fromkeys(folders):
        if not any(folder != parent and folder.is_relative_to(parent) for parent in folders):
            yield folder


def _written_by(clients: Iterable[ClientOptions]) -> tuple[frozenset[Path], frozenset[Path]]:
    """Return the paths of generated files, and of the locks that they depend on."""
    outputs: set[Path] = set()
    locks: set[Path] = set()
    for client in clients:
        out = Path(client.out).resolve()
        outputs.add(out / client.package)
        if client.pyproject:
            outputs.add(out / FILE)
        locks.add(Path(client.lock).resolve())
    return frozenset(outputs), frozenset(locks)


class _Runs:
    """The child process, of which there is never more than one."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None

    def restart(self) -> None:
        """Start the child again; a running one may have read the sources before they changed."""
        self.stop()
        # In a session of its own, so that Ctrl-C reaches this process only, which then ends the
        # child.
        self._child = subprocess.Popen(  # Python itself, with the options of this command
            self._command, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def look(self) -> None:
        """Print once that the child has ended."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
            sys.stderr.write("Watching for changes; Ctrl-C ends it.\n")

    def stop(self) -> None:
        """End the child, which removes half-written files first."""
        if self._child is not None:
            end_child(self._child)
            self._child = None


def command_line(target: str | None, options: Mapping[str, object]) -> list[str]:
    """Return the command that generates once, quietly, what the options of this command ask for."""
    return [sys.executable, "-m", "sanic_actions", "generate", "--quiet", *arguments(target, options)]


def arguments(target: str | None, options: Mapping[str, object]) -> list[str]:
    """Return the arguments of ``generate`` that ask for the same packages."""
    words = list(filter(None, [target]))
    for name, value in options.items():
        words += _option(name, value)
    return words


def _option(name: str, value: object) -> list[str]:
    if value is True:
        return [f"--{name}"]
    if isinstance(value, tuple):
        return [f"--{name}={item}" for item in value]
    return [f"--{name}={value}"]
