"""A site of one page, of which a test says what the page holds and how a post to it is answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from browser.hand_written_pages import SCRIPT, add_script
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

AnyRequest = Request[Any, Any]


@dataclass
class Desk:
    """The site, and what was posted to it."""

    app: Sanic[Any, Any]
    main: str = ""
    """What the page holds."""
    answer: Callable[[AnyRequest], HTTPResponse] = field(default=lambda request: document("", status=400))
    page_answer: HTTPResponse | None = None
    """How the page is answered, where not with what it holds."""
    head: str = ""
    """Markup of the page's head."""
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    open: threading.Event = field(default_factory=threading.Event)
    """While it is not set, posts wait."""
    posts: list[AnyRequest] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The bodies of the posts."""
        return [post.body.decode() for post in self.posts]


def make_desk(name: str) -> Desk:
    """A site with the page ``/shop/page``."""
    desk = Desk(Sanic(name))
    desk.open.set()
    desk.app.config.update(AUTO_EXTEND=False, REQUEST_MAX_SIZE=50_000_000)

    @desk.app.get("/shop/page")
    async def page(request: AnyRequest) -> HTTPResponse:
        return desk.page_answer or document(desk.main, head=desk.head, headers=desk.headers)

    @desk.app.post("/shop/page")
    async def submit(request: AnyRequest) -> HTTPResponse:
        desk.posts.append(request)
        await asyncio.to_thread(desk.open.wait, 10)
        return desk.answer(request)

    add_script(desk.app, "/_actions")
    return desk


def document(
    main: str, *, status: int = 200, title: str = "A page", head: str = "", headers: dict[str, str] | None = None
) -> HTTPResponse:
    """A page around some markup."""
    markup = f"<!doctype html><html lang=en><title>{title}</title>{head}{SCRIPT}<body><main>{main}</main></body></html>"
    return html(markup, status=status, headers=headers)


def leads(to: str = "?") -> HTTPResponse:
    """The answer to success, as the script wants it."""
    return HTTPResponse(status=204, headers={"sanic-action-location": to})


def order(controls: str, *, token: str = "t1", **attributes: str) -> str:
    """A form that is sent in place."""
    given = {"method": "post", "action": "?_action=order", "data-sanic-action": "order", **attributes}
    named = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in given.items())
    hidden = f'<input type="hidden" name="_action.token" value="{token}">'
    return f"<form {named}>{hidden}{controls}<button>Send</button></form>"
