"""One page, two actions. The form that signs the book is sent by htmx, the buttons that thank by ``client.js``.

Neither needs a word in the handlers: without script the browser sends the same forms, and gets the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints
from sanic import HTTPResponse, Request, Sanic, file
from sanic_ext import Config, Extend, render

from sanic_actions import ActionError, Namespace, action
from sanic_actions.server import ActionsBlueprint, form, form_action, form_fields

HERE = Path(__file__).parent
HTMX = HERE / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


@dataclass
class Entry:
    """What somebody wrote into the book."""

    name: str
    words: str
    thanks: int = 0


book: list[Entry] = [Entry("Ada", "A lovely house.")]


class NoSuchEntry(ActionError, code="NOT_FOUND"):
    """There is no entry of that number."""


@action(accept="form")
def sign(name: Line, words: Line) -> None:
    """Sign the guest book."""
    book.append(Entry(name, words))


@action(accept="form", raises=[NoSuchEntry])
def thank(number: int) -> int:
    """Thank for an entry, and say how many have."""
    if not 0 <= number < len(book):
        raise NoSuchEntry
    book[number].thanks += 1
    return book[number].thanks


app = Sanic("guest-book")
Extend(app, config=Config(templating_path_to_templates=HERE / "templates", oas=False))
app.ext.environment.globals.update(form=form, form_action=form_action, form_fields=form_fields, sign=sign, thank=thank)
app.blueprint(ActionsBlueprint(Namespace(sign=sign, thank=thank)))


@app.get("/htmx.js")
async def script(request: Request[Any, Any]) -> HTTPResponse:
    """The script that npm has brought."""
    return await file(HTMX, mime_type="text/javascript")


@app.get("/")
async def page(request: Request[Any, Any]) -> HTTPResponse:
    """The book, and the form to sign it with."""
    response: HTTPResponse = await render("book.html", app=request.app, context={"book": book})
    return response
