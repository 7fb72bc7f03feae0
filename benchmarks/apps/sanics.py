"""One Sanic app: our actions, and beside them the same handlers written by hand.

By hand means as a careful author would: pydantic reads the bytes and writes the bytes, nothing else is done. None of
what an action adds (origin checks, limits, media types, masked errors) is there.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from sanic import HTTPResponse, Request, Sanic
from sanic.response import json

from benchmarks.apps.models import Comment, CommentInput, save
from benchmarks.apps.pages import add_pages
from sanic_actions import ActionContext, ActionError, Namespace, Proceed, UploadedFile, action, define_action
from sanic_actions.server import ActionsBlueprint, Limits, ObservedCall


async def comment(input: CommentInput) -> Comment:
    """Comment on a post."""
    return save(input)


@action
async def spread(post_id: str, author: str, body: str) -> Comment:
    """Comment on a post, the input being parameters."""
    return Comment(id=1, post_id=post_id, author=author, body=body)


@action
async def refuse() -> None:
    """Answer with an error."""
    raise ActionError("NOT_FOUND", "No such post")


@action
async def nothing() -> None:
    """Answer with nothing."""


FORM = define_action(input=CommentInput, handler=comment, accept="form")

ACTIONS = Namespace(
    json=define_action(input=CommentInput, handler=comment),
    form=FORM,
    spread=spread,
    refuse=refuse,
    nothing=nothing,
)


def let_in(context: ActionContext) -> None:
    """Guard an action and refuse nobody."""


LIMITED = Namespace(
    deep=define_action(input=CommentInput, handler=comment, limits=Limits(depth=20)),
    gated=define_action(input=CommentInput, handler=comment, limits=Limits(seconds=5, concurrent=100)),
    guarded=define_action(input=CommentInput, handler=comment, guard=let_in),
)


async def proceeding(context: ActionContext, proceed: Proceed[None]) -> object:
    """Stand around a call and do nothing."""
    return await proceed()


class Silent:
    """An observer that does nothing."""

    def on_start(self, call: ObservedCall) -> None:
        """Hear of a start."""

    def on_end(self, token: None, call: ObservedCall, outcome: object, exception: BaseException | None) -> None:
        """Hear of an end."""


INTERCEPTED = Namespace(json=define_action(input=CommentInput, handler=comment, interceptors=[proceeding]))


@action(accept="form")
async def upload(file: UploadedFile) -> int:
    """Take a file."""
    return file.size


LARGE = 200_000_000
JSON = "application/json"


def make_app(name: str = "sanics", *, ext: bool = False) -> Sanic[Any, Any]:
    """The app, with sanic-ext's ``@validate`` on one route more if asked for."""
    app: Sanic[Any, Any] = Sanic(name, configure_logging=False)
    app.config.AUTO_EXTEND = ext
    app.config.ACCESS_LOG = False
    app.config.REQUEST_MAX_SIZE = LARGE
    app.blueprint(ActionsBlueprint(ACTIONS))
    app.blueprint(ActionsBlueprint(LIMITED, prefix="/_limited"))
    app.blueprint(ActionsBlueprint(INTERCEPTED, prefix="/_intercepted"))
    app.blueprint(ActionsBlueprint(ACTIONS, prefix="/_observed", observers=[Silent()]))
    app.blueprint(ActionsBlueprint({"upload": upload}, prefix="/_uploads", max_body_size=LARGE))
    _by_hand(app)
    add_pages(app, FORM)
    if ext:
        _with_validate(app)
    return app


def _by_hand(app: Sanic[Any, Any]) -> None:
    @app.post("/bare", name="bare")
    async def bare(request: Request[Any, Any]) -> HTTPResponse:
        return HTTPResponse(b"{}", content_type=JSON)

    @app.post("/json", name="json")
    async def by_json(request: Request[Any, Any]) -> HTTPResponse:
        made = save(CommentInput.model_validate_json(request.body))
        return HTTPResponse(made.__pydantic_serializer__.to_json(made), content_type=JSON)

    @app.post("/form", name="form")
    async def by_form(request: Request[Any, Any]) -> HTTPResponse:
        fields = {name: values[0] for name, values in (request.form or {}).items()}
        made = save(CommentInput.model_validate(fields))
        return HTTPResponse(made.__pydantic_serializer__.to_json(made), content_type=JSON)

    @app.post("/upload", name="upload")
    async def by_files(request: Request[Any, Any]) -> HTTPResponse:
        files: Any = request.files
        return HTTPResponse(str(len(files["file"][0].body)), content_type=JSON)

    @app.post("/parse_qsl", name="parse_qsl")
    async def by_parse_qsl(request: Request[Any, Any]) -> HTTPResponse:
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        made = save(CommentInput.model_validate(fields))
        return HTTPResponse(made.__pydantic_serializer__.to_json(made), content_type=JSON)

    @app.post("/invalid", name="invalid")
    async def by_error(request: Request[Any, Any]) -> HTTPResponse:
        try:
            CommentInput.model_validate_json(request.body)
        except ValidationError as error:
            return HTTPResponse(error.json(include_input=False, include_url=False), 400, content_type=JSON)
        return HTTPResponse(b"{}", content_type=JSON)


def _with_validate(app: Sanic[Any, Any]) -> None:
    from sanic_ext import validate

    @app.post("/validate", name="validate")
    @validate(json=CommentInput)
    async def by_validate(request: Request[Any, Any], body: CommentInput) -> HTTPResponse:
        return json(save(body).model_dump())
