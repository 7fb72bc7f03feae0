"""What was typed into a form that was refused unread: it is read after the verdict, to be shown again.

The rule of this file: what is read here reaches no handler, no validator and no disk. Its texts are shown to whoever
sent them, its files are counted and dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from sanic import Request

from ..._definition import Input
from ..._errors import ActionError, InputError, Issue
from ..._files import size_in_words
from ..._forms.names import OURS, steps_of
from ..._types.uploads import file_limit
from .._call.body import FORMS, body_chunks
from .._call.endpoint import Endpoint
from .._form_body import FormTexts, read_texts

DRAINED: Final = 32 * 1024 * 1024
"""Bytes of a body that is too large and is read all the same, as the files in it cost nothing but their way. A browser
that still sends shows no answer, and behind a large file may stand all that was typed."""

NOTHING: Final = FormTexts()


def is_too_long(request: Request[Any, Any], endpoint: Endpoint) -> bool:
    """Return whether a form says itself that it is too large, so that nothing of it is read to validate it."""
    length = request.headers.get("content-length", "")
    return length.isascii() and length.isdigit() and len(length) <= 18 and int(length) > endpoint.form_limit


async def texts_of_refused(request: Request[Any, Any], endpoint: Endpoint, *, drains: bool) -> FormTexts:
    """Return what was typed into a form of which nothing was read; nothing where that cannot be known.

    Args:
        request: The post.
        endpoint: The action.
        drains: Whether more is read than the action takes, since the size is what it was refused for.
    """
    content_type = request.headers.get("content-type", "")
    length = request.headers.get("content-length", "")
    if content_type.partition(";")[0].strip().lower() not in FORMS or not (length.isascii() and length.isdigit()):
        return NOTHING
    most = endpoint.form_limit
    if drains:
        most = max(most, DRAINED)
    if len(length) > 18 or int(length) > most or "content-encoding" in request.headers:
        return NOTHING
    chunks = body_chunks(request, most, endpoint.settings.seconds)
    with suppress(ActionError):  # the form has an error already, which is what its sender is to read
        return await read_texts(chunks, content_type, endpoint.page_limits)
    if drains:
        with suppress(ActionError):
            async for _ in chunks:  # no more than is read in any case
                pass
    return NOTHING


def issues_of_size(texts: FormTexts, request: Request[Any, Any], endpoint: Endpoint) -> Sequence[Issue]:
    """Return what is wrong with a form that is too large, in the words of the hook; nothing where that is not known.

    Args:
        texts: What was read of it.
        request: The post.
        endpoint: The action.
    """
    handler_input = endpoint.entry.definition.input
    issue: Issue | None = None
    if not (texts.fields or texts.sizes) and "sanic-action" not in request.headers:  # a script still shows it
        most = size_in_words(endpoint.form_limit)
        issue = Issue("", _GONE.format(most=most), "form_not_kept", {"limit": endpoint.form_limit, "most": most})
    elif handler_input is not None and len(texts.fields) <= endpoint.form_limits.fields:
        issue = _issue_of_text(texts, endpoint) or _issue_of_file(texts, endpoint, handler_input)
    if issue is None:
        return ()
    return endpoint.settings.hooks.in_words(InputError([issue])).issues


def _issue_of_text(texts: FormTexts, endpoint: Endpoint) -> Issue | None:
    """Return what is wrong with the longest text of a form, unless it is its files that make it too large."""
    # No more fields than Limits(fields=...), and no more text than is shown again.
    sizes = {name: len(text.encode("utf-8", "replace")) for name, text in texts.fields if not name.startswith(OURS)}
    limit = endpoint.form_limits.text_bytes
    if not sizes or (texts.sizes and sum(sizes.values()) <= limit):
        return None
    path = ".".join(steps_of(max(sizes, key=sizes.__getitem__)))
    limit = min(limit, endpoint.form_limit)
    most = size_in_words(limit)
    message = f"Must be shorter: all that is entered may have at most {most}"
    return Issue(path, message, "text_too_large", {"limit": limit, "most": most})


def _issue_of_file(texts: FormTexts, endpoint: Endpoint, handler_input: Input) -> Issue | None:
    """Return what is wrong with the largest file of a form; None where there is none."""
    if not texts.sizes:
        return None
    # No more files than Limits(files=...).
    name, size = max(texts.sizes, key=lambda each: each[1])
    steps = steps_of(name)
    path = ".".join(steps)
    limit = file_limit(handler_input.fields, steps)
    if limit is not None and size > limit:
        most = size_in_words(limit)
        return Issue(path, f"Must be at most {most}", "file_too_large", {"limit": limit, "most": most})
    most = size_in_words(endpoint.form_limit)
    message = f"Choose a smaller file: all that is sent may have at most {most}"
    return Issue(path, message, "form_too_large", {"limit": endpoint.form_limit, "most": most})


_GONE: Final = (
    "What you entered is too large to be shown again. Go back to find it, and shorten it: all that is sent may have at "
    "most {most}"
)
