"""Reads a form that was refused unread, so that the page can show again what was typed into it.

The rule of this file: what is read here reaches no handler, no validator and no disk. Its texts are
shown to the sender, its files are only excess.
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
from .._bounded_form import FIELDS, FILES, NAMES, TEXT, counted_by
from .._call.body import FORMS, body_chunks
from .._call.endpoint import Endpoint
from .._form_body import FormTexts, read_texts

DRAINED: Final = 32 * 1024 * 1024
"""Bytes of a body that is too large and is read all the same, while its files are dropped. A browser
shows no answer while it is still sending, and the texts may come after a large file."""

NO_TEXTS: Final = FormTexts()


def is_too_long(request: Request[Any, Any], endpoint: Endpoint) -> bool:
    """Return whether a form declares a length that is too large, so that it is refused unread."""
    length = request.headers.get("content-length", "")
    # 18 digits fit into 64 bits, and no int() of thousands of digits is worked out.
    return length.isascii() and length.isdigit() and len(length) <= 18 and int(length) > endpoint.form_limit


async def texts_of_refused(request: Request[Any, Any], endpoint: Endpoint, *, drains: bool) -> FormTexts:
    """Return the texts of a form that was refused unread; nothing if they cannot be read.

    Args:
        request: The post.
        endpoint: The action.
        drains: Whether to read more than the action takes, because it was refused for its size.
    """
    content_type = request.headers.get("content-type", "")
    length = request.headers.get("content-length", "")
    if content_type.partition(";")[0].strip().lower() not in FORMS or not (length.isascii() and length.isdigit()):
        return NO_TEXTS
    most = endpoint.form_limit
    if drains:
        most = max(most, DRAINED)
    # A compressed form is refused for being one, and would have to be unpacked to be shown.
    if len(length) > 18 or int(length) > most or "content-encoding" in request.headers:
        return NO_TEXTS
    chunks = body_chunks(request, most, endpoint.settings.seconds)
    with suppress(ActionError):  # the form has an error already, and that is the one to show
        return await read_texts(chunks, content_type, endpoint.page_limits)
    if drains:
        with suppress(ActionError):
            async for _ in chunks:  # bounded by ``most``
                pass
    return NO_TEXTS


def issues_of_size(
    texts: FormTexts, request: Request[Any, Any], endpoint: Endpoint, error: ActionError
) -> Sequence[Issue]:
    """Return the issues of a form that is too large, in the words of the hook; none if the cause is not known.

    Args:
        texts: The part of it that was read.
        request: The post.
        endpoint: The action.
        error: What refused it.
    """
    handler_input = endpoint.input
    excess = counted_by(error)
    issue: Issue | None = None
    if not (texts.fields or texts.sizes):
        if "sanic-action" not in request.headers:  # a script still shows it
            issue = _issue_of_loss(excess, endpoint)
    elif excess in _MANY or len(texts.fields) > endpoint.form_limits.fields:
        issue = _issue_of_number(excess if excess in _MANY else FIELDS, endpoint)
    elif handler_input is not None:
        issue = _issue_of_text(texts, endpoint) or _issue_of_file(texts, endpoint, handler_input)
    if issue is None:
        return ()
    return endpoint.settings.hooks.translated(InputError([issue])).issues


def _issue_of_number(excess: str, endpoint: Endpoint) -> Issue:
    """Return the issue of a form with too many fields or files, all of which is shown again."""
    limit = endpoint.form_limits.fields if excess == FIELDS else endpoint.form_limits.files
    type_, sentence = _MANY[excess]
    return Issue("", sentence.format(limit=limit), type_, {"limit": limit})


def _issue_of_loss(excess: str, endpoint: Endpoint) -> Issue:
    """Return the issue of a form that is too large to be shown, in words for each cause."""
    limits = endpoint.form_limits
    if excess == TEXT:
        limit = min(limits.text_bytes, endpoint.form_limit)
    else:
        limit = {FIELDS: limits.fields, FILES: limits.files, NAMES: limits.header_bytes}.get(
            excess, endpoint.form_limit
        )
    type_, sentence = _NOT_KEPT.get(excess, _TOO_LARGE)
    most = size_in_words(limit)
    return Issue("", sentence.format(limit=limit, most=most), type_, {"limit": limit, "most": most})


def _issue_of_text(texts: FormTexts, endpoint: Endpoint) -> Issue | None:
    """Return the issue of the longest text of a form, unless its files make it too large."""
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
    """Return the issue of the largest file of a form; None if it has no file."""
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


_MANY: Final = {
    FIELDS: ("too_many_fields", "Enter less: a form may have at most {limit} fields"),
    FILES: ("too_many_files", "Choose fewer files: at most {limit} can be sent at once"),
}
"""The types and sentences of what a form may have too many of."""

_TOO_LARGE: Final = (
    "form_not_kept",
    "What you entered is too large to be shown again. Go back to find it, and shorten it: all that is sent may have at "
    "most {most}",
)

_NOT_KEPT: Final = {
    FIELDS: (
        "fields_not_kept",
        "What you entered has too many fields to be shown again. Go back to find it, and send fewer: a form may have "
        "at most {limit}",
    ),
    FILES: (
        "files_not_kept",
        "You chose too many files, and what you entered cannot be shown again. Go back to find it, and choose fewer: "
        "at most {limit} can be sent at once",
    ),
    NAMES: (
        "name_not_kept",
        "A file or a field has too long a name, and what you entered cannot be shown again. Go back to find it: a name "
        "may have at most {most}",
    ),
}
"""The types and sentences of a form that cannot be shown again, by what it has too much of."""
