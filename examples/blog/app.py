"""The blog as a Sanic app: ``sanic examples.blog.app:app``.

``BLOG_DB`` names the SQLite file (``blog.db`` in the working directory by default).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sanic import Sanic

from sanic_actions.server import ActionsBlueprint

from .actions import server
from .pages import pages
from .store import Store

app = Sanic("blog")
app.blueprint(ActionsBlueprint(server))
app.blueprint(pages)
app.static("/static", Path(__file__).parent / "static")


@app.before_server_start
async def open_store(app: Sanic[Any, Any]) -> None:
    """Each worker has a connection of its own."""
    app.ctx.store = await Store.open(Path(os.environ.get("BLOG_DB", "blog.db")))


@app.after_server_stop
async def close_store(app: Sanic[Any, Any]) -> None:
    """Close what ``open_store`` opened."""
    await app.ctx.store.close()


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8000)
