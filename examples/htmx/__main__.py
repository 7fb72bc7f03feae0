"""Serves the guest book at http://127.0.0.1:8000/, with the htmx that ``npm install --prefix examples/htmx`` brings.

``nox -s example -- htmx``, or ``python -m examples.htmx`` after ``pip install -e ".[server]" jinja2 sanic-ext``.
"""

from __future__ import annotations

import sys

from .app import HTMX, app

if __name__ == "__main__":
    if not HTMX.exists():
        sys.exit("htmx is not installed. Install it with: npm install --prefix examples/htmx")
    app.run(host="127.0.0.1", port=8000, single_process=True)
