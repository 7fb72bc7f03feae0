"""The answers themselves, beside what other tests see of them over a socket."""

from __future__ import annotations

from sanic.response import HTTPResponse
from sanic.response.types import BaseHTTPResponse

from sanic_actions.server._host import Answer


def test_answer_has_all_that_an_answer_of_sanic_has() -> None:
    """An answer is made without Sanic's constructor, and lacks nothing that it would have set."""
    ours, theirs = Answer(b"{}", 200, "application/json"), HTTPResponse(b"{}", 200, None, "application/json")
    theirs.headers.update(ours.headers)

    assert {name: getattr(ours, name) for name in BaseHTTPResponse.__slots__} == {
        name: getattr(theirs, name) for name in BaseHTTPResponse.__slots__
    }


def test_answer_writes_its_headers_as_sanic_does() -> None:
    """Headers that are always the same are written as Sanic writes them, and so are all others."""
    ours, theirs = Answer(b"{}", 200, "application/json"), HTTPResponse(b"{}", 200, None, "application/json")
    theirs.headers.update(ours.headers)
    theirs.headers["content-length"] = "2"  # which ours writes when it is sent
    for response in (ours, theirs):
        response.headers["x-count"], response.headers["x-lines"] = 3, "a\r\nb"
        response.headers["connection"], response.headers["alt-svc"] = "keep-alive", ""

    assert list(ours.processed_headers) == list(theirs.processed_headers)


def test_answers_share_no_headers() -> None:
    """A header of one answer is on no other."""
    Answer(b"{}", 200, "application/json").headers["x-mine"] = "1"

    assert "x-mine" not in Answer(b"{}", 200, "application/json").headers
