"""Keeps the valid uploads of a form that failed, for the visitor who sent them, until the form is sent again.

The rule of this file: the page has a token, a cookie that no script can read identifies the
visitor, and only both together lead to a file. No URL does. The file is passed only to the action
that it was sent to, which validates it like a new one.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sanic import Request
from sanic.cookies import Cookie

from ..._errors import InputError, Issue
from ..._files import UploadedFile
from ..._forms.kept_files import DROP, UPLOAD, KeptUpload
from ..._forms.names import steps_of
from ..._issues import MAX_ISSUES
from ..._types.uploads import takes_file
from .._call.endpoint import Endpoint
from .._call.unsubmitted import asks_only
from .._form_body import FormBody
from .._own_address import is_https
from .._upload_folder import UploadFolder

logger: Final = logging.getLogger("sanic_actions")

COOKIE: Final = "sanic-actions-uploads"
"""The cookie's name; over https it is prefixed with ``__Host-``."""

MOST_KEPT: Final = 10
"""Uploads that are kept of one form: each holds a file descriptor while the form is read."""

GONE: Final = "This file is no longer kept: choose it again"


class KeptUploads:
    """The uploads that were kept before a post, and those that are kept after it.

    Args:
        folder: The folder that they are kept in.
        request: The post.
        endpoint: The action.

    Attributes:
        kept: The uploads that are kept when the page renders.
        cookie: The cookie that identifies this visitor, if the browser does not have it yet.
        issues: The issues of uploads that are no longer there.
    """

    def __init__(self, folder: UploadFolder, request: Request[Any, Any], endpoint: Endpoint) -> None:
        self._folder = folder
        self._request = request
        self._endpoint = endpoint
        self._is_secure = is_https(request)
        visitor = request.cookies.get(self._cookie_name)
        self._visitor = ""
        if visitor and _VISITOR.fullmatch(visitor):
            self._visitor = visitor
        self.kept: list[KeptUpload] = []
        self.cookie: Cookie | None = None
        self.issues: list[Issue] = []
        self._replaced: list[tuple[str, str]] = []

    @property
    def _cookie_name(self) -> str:
        if self._is_secure:
            return f"__Host-{COOKIE}"
        return COOKIE

    @property
    def _owner(self) -> str:
        """The owner of these files: one visitor, for one action of one app."""
        # None of the three can have a line break, so that no two owners have one text.
        return "\n".join([self._request.app.name, self._endpoint.name, self._visitor])

    async def add_to(self, form: FormBody) -> None:
        """Add the kept files to a form as if sent again, unless others were chosen instead."""
        uploads = {name for name, _ in form.files}
        drops = {value for name, value in form.fields if name == DROP}
        tokens = dict.fromkeys(value for name, value in form.fields if name == UPLOAD)
        for value in [*tokens][:MOST_KEPT]:
            # From the right: a name may have an equals sign, in a key of a mapping, and a token has
            # none.
            name, _, token = value.rpartition("=")
            if not self._takes(name):
                continue
            if value in drops:
                if not asks_only(self._request):  # a form that is only checked changes nothing
                    await self._drop(token)
                continue
            if name in uploads:
                self._replaced.append((name, token))
                continue
            file = await self._file_of(token)
            if file is None:
                self.issues.append(Issue(".".join(steps_of(name)), GONE, "upload_gone"))
                continue
            form.files.append((name, file))
            self.kept.append(KeptUpload(name, token, file.name))

    async def _file_of(self, token: str) -> UploadedFile | None:
        if not self._visitor:
            return None
        return await self._folder.find(self._owner, token)

    async def _drop(self, token: str) -> None:
        if self._visitor:
            await self._folder.drop(self._owner, token)

    async def keep(self, form: FormBody, issues: Sequence[Issue]) -> None:
        """Keep the files of a form that failed, except for those with issues."""
        wrong_paths = [issue.path for issue in issues if issue.path]
        if len(issues) >= MAX_ISSUES:  # there may be more issues, of any file
            wrong_paths = [""]
        earlier_uploads = {upload.name: upload for upload in self.kept}
        self.kept = [upload for upload in self.kept if not _is_wrong(upload.name, wrong_paths)]
        for name, file in form.files:  # no more than Limits(files=...)
            if (
                name in earlier_uploads
                or len(self.kept) >= MOST_KEPT
                or _is_wrong(name, wrong_paths)
                or not self._takes(name)
            ):
                continue
            token = await self._put(file)
            if token is not None:
                self.kept.append(KeptUpload(name, token, file.name))
        await self._drop_replaced(wrong_paths)

    async def _drop_replaced(self, wrong_paths: Sequence[str]) -> None:
        """Remove the files that others were chosen in place of, unless these others have issues."""
        for name, token in self._replaced:  # no more than MOST_KEPT
            file = None
            if _is_wrong(name, wrong_paths):
                file = await self._file_of(token)
            if file is None:
                await self._drop(token)
                continue
            file.file.close()
            self.kept.append(KeptUpload(name, token, file.name))

    def _takes(self, name: str) -> bool:
        handler_input = self._endpoint.input
        return handler_input is not None and takes_file(handler_input.fields, steps_of(name))

    async def _put(self, file: UploadedFile) -> str | None:
        if not self._visitor:
            self._visitor = secrets.token_urlsafe(24)
            self.cookie = self._visitor_cookie()
        try:
            return await self._folder.put(self._owner, file)
        except (OSError, ValueError) as error:  # no disk, or a handler has closed the file
            name = self._endpoint.name
            logger.warning("An upload of %r is not kept: %s", name, error, extra={"action": name})
            return None

    def _visitor_cookie(self) -> Cookie:
        return Cookie(
            self._cookie_name,
            self._visitor,
            max_age=int(self._folder.seconds),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="Lax",
        )

    async def retire(self) -> None:
        """Drop the files, since their form has succeeded."""
        for upload in self.kept:  # no more than MOST_KEPT
            await self._folder.retire(self._owner, upload.token)
        await self._drop_replaced(())


def _is_wrong(name: str, wrong_paths: Iterable[str]) -> bool:
    """Return whether a control has an issue, above it or below it."""
    path = ".".join(steps_of(name))
    return any(not each or _is_within(path, each) or _is_within(each, path) for each in wrong_paths)


def _is_within(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def with_issues(error: InputError | None, issues: Sequence[Issue]) -> InputError:
    """Return an error with the issues of kept files, instead of its own at their paths."""
    paths = {issue.path for issue in issues}
    more = () if error is None else error.issues
    # As many as the error has, of which the validation or the action itself decides, and MOST_KEPT.
    return InputError([*issues, *(issue for issue in more if issue.path not in paths)])


_VISITOR: Final = re.compile(r"[A-Za-z0-9_-]{32}")
