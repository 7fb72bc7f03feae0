"""Serves the page at http://127.0.0.1:8000/.

``nox -s example -- imports``, or ``python -m examples.imports`` after ``pip install -e ".[server]"``.
"""

from __future__ import annotations

from .app import app

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8000, single_process=True)
