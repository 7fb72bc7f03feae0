"""A nightly job: runs the import with a bar in the terminal, and saves the report.

``nox -s example -- imports.nightly``, or ``PYTHONPATH=stubs python -m examples.imports.nightly`` after
``pip install -e ".[server]" tqdm``, serves the app by itself; with ``NIGHTLY_CLIENT_URL`` it calls the one that runs
there. It ends with 1 where something has failed, and says what: nothing is raised, so nothing is missed.
"""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from nightly_client import Client
from tqdm import tqdm

from sanic_actions.testing import local

from .app import app

ROWS = 2_000


def opened() -> AbstractContextManager[Client]:
    """Return the client, of the server that runs or of the app itself."""
    if "NIGHTLY_CLIENT_URL" in os.environ:
        return Client()
    return local(app, Client)


def run(client: Client, folder: Path) -> str | None:
    """Import and save the report; return what has failed, if anything."""
    with tqdm(total=ROWS, unit=" rows") as bar:
        for result in client.load(total=ROWS).safe():
            if result.error is not None:
                return f"The import failed: {result.error}"
            bar.update(result.data.done - bar.n)
    saved = client.report().safe().save(folder, overwrite=True)
    if saved.error is not None:
        return f"The report failed: {saved.error}"
    print(f"Saved {saved.data}")
    return None


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    with opened() as client:
        problem = run(client, folder)
    if problem is None:
        return 0
    print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
