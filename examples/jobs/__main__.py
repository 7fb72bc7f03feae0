"""Serves the form at http://127.0.0.1:8000/.

``nox -s example -- jobs``, or ``python -m examples.jobs`` after ``pip install -e ".[server]" jinja2 sanic-ext``.
"""

from __future__ import annotations

from .app import app

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8000, single_process=True)
