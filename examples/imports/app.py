"""The import on a page: a bar that a script fills, and a form that needs no script for the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from sanic_actions import Err
from sanic_actions.server import ActionsBlueprint, action_result, form

from .actions import report, server

STATIC = Path(__file__).parent / "static"
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Import</title>
<link rel="icon" href="data:,">
<script type="module" src="/static/imports.js"></script>
<main>
  <h1>Import</h1>
  <p><button type="button" id="start">Import 2,000 rows</button></p>
  <p><progress id="bar" aria-label="Import" value="0" max="1"></progress> <output id="state">Not begun</output></p>
  {message}
  {form}
</main>
"""

app = Sanic("imports")
app.config.AUTO_EXTEND = False
app.static("/static", STATIC)
app.blueprint(ActionsBlueprint(server))


@app.get("/")
async def home(request: Request[Any, Any]) -> HTTPResponse:
    result = action_result(request, report)
    message = ""
    if isinstance(result, Err):
        message = f'<p role="alert">{result.error.message}</p>'
    page = PAGE.format(message=message, form=form(report, submit="Download the report"))
    return html(page, headers={"content-security-policy": POLICY})
