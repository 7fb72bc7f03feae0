"""The job site: one page, whose template lays out the form itself. sanic-ext renders it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic_ext import Config, Extend, render

from sanic_actions import Ok
from sanic_actions.server import ActionsBlueprint, UploadFolder, action_result, form_action, form_fields

from .actions import apply, server
from .words import language, message, said

HERE = Path(__file__).parent
POLICY = "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'"

app = Sanic("jobs")
Extend(app, config=Config(templating_path_to_templates=HERE / "templates", oas=False))
app.ext.environment.globals.update(
    form_fields=form_fields, form_action=form_action, apply=apply, language=language, said=said
)
# A CV is kept while the rest of the application is mended, for an hour at the longest.
uploads = UploadFolder(Path(tempfile.gettempdir()) / f"jobs-uploads-{os.geteuid()}", max_bytes=64 * 2**20)
app.blueprint(ActionsBlueprint(server, messages=message, uploads=uploads))
app.static("/static", HERE / "static")


@app.get("/")
async def page(request: Request[Any, Any]) -> HTTPResponse:
    """The form, or a word of thanks above it."""
    match action_result(request, apply):
        case Ok(application):
            thanks = said("Thank you, {name}. We have your application.").format(name=application.name)
        case _:
            thanks = ""
    response: HTTPResponse = await render(
        "apply.html", app=request.app, context={"thanks": thanks}, headers={"content-security-policy": POLICY}
    )
    response.headers["vary"] = "accept-language"
    return response
