"""The entrance of forms: ``POST /post/1?_action=blog.comment``; the page has a GET route only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from sanic import HTTPResponse

from ..._context import ActionContext
from ..._errors import ActionError, InputError, Issue, invalid_input
from ..._forms.edits import EDITS
from ..._forms.names import FORM_KEY, FORM_SIGN, FORM_TOKEN, OURS
from ..._observers import Observer, ServerObservedCall
from ..._problem_types import NO_SUCH_ACTION, refusal
from ..._server_mistakes import type_error
from .._call.body import media_type, read_sent_form
from .._call.endpoint import Endpoint
from .._call.entrance import Repetition, ServerCall
from .._call.origin import check_origin
from .._call.origin_report import report_origin
from .._call.unsubmitted import is_from_script, refuse_changed
from .._controls.wording import with_labels
from .._file_sink import FileSink
from .._form_body import FormBody, FormTexts
from .kept_uploads import KeptUploads, with_issues
from .page_mistakes import warn_of_absent_controls, warn_of_files_by_name
from .page_query import Pair
from .refused_form import NO_TEXTS, is_too_long, issues_of_size


class PageEntrance:
    """The entrance of a page's form: the action's name is in the query, and the input is a form.

    Args:
        endpoint: The action; None if pages cannot post to any of that name.

    Attributes:
        fields: The names and texts that were submitted, once they are read.
        key: The form's own key, if a page has several forms of one action.
        sign: The sign of the action whose form it is, if the form has one.
        has_read: Whether the form was read, or its reading has begun.
        is_foreign: Whether a page of another origin sent it; then nothing of this site renders.
        is_edited: Whether a button was pressed that only changes the form; then nothing runs.
        issues: The issues of a form that was refused for its size.
        uploads: Its uploads, which are kept if it fails; None if the blueprint keeps none.
    """

    masks = True

    # Defaults are on the class, so that the constructor need not set them: most posts use few.
    observer: Observer | None = None
    fields: Sequence[Pair] = ()
    has_read: bool = False
    key: str = ""
    sign: str = ""
    is_foreign: bool = False
    is_edited: bool = False
    issues: Sequence[Issue] = ()
    uploads: KeptUploads | None = None
    _token: str = ""
    _body: FormBody | None = None

    def __init__(self, endpoint: Endpoint | None) -> None:
        self._endpoint = endpoint
        if endpoint is not None:
            self.observer = endpoint.settings.observer

    def observed(self, call: ServerCall) -> ServerObservedCall:
        """Return the call as observers see it; see ``Entrance``, likewise below."""
        name = "" if self._endpoint is None else self._endpoint.name
        return ServerObservedCall(name, "form", call.request.headers)

    def find(self, call: ServerCall) -> Endpoint:
        """Return the action."""
        if self._endpoint is None:
            raise refusal("no-such-action", "NOT_FOUND", NO_SUCH_ACTION)
        return self._endpoint

    def check_origin(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Refuse forms that were sent by neither this site's pages nor those of trusted origins."""
        try:
            check_origin(call.request, endpoint.settings.trusted)
        except ActionError as error:
            self.is_foreign = True
            report_origin(call, endpoint, error)
            raise

    def context(self, call: ServerCall, endpoint: Endpoint) -> ActionContext:
        """Return a context."""
        return ActionContext(call.request, endpoint.name, "form")

    async def read(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Read the form."""
        if not endpoint.accepts_forms:
            message = "This action takes JSON only; forms can be posted to it when it is declared with accept='form'."
            raise ActionError("UNSUPPORTED_MEDIA_TYPE", message)
        if endpoint.is_download and is_from_script(call.request):
            raise ActionError("NOT_ACCEPTABLE", _FOR_BROWSERS)
        encoding, content_type = media_type(call.request, ("form",))
        if encoding is None:
            # A form with nothing to send has no body, and then some clients send no Content-Type.
            call.form = FormBody()
        else:
            self.has_read = True
            try:
                call.form = await read_sent_form(call.request, endpoint, content_type, endpoint.page_limits)
            except ActionError as error:
                self.has_read = not is_too_long(call.request, endpoint)  # such a form is refused unread
                if self.has_read and error.code == "CONTENT_TOO_LARGE":
                    self.issues = issues_of_size(NO_TEXTS, call.request, endpoint, error)
                raise
        # Noted before the size is checked, so that the page shows what was typed.
        library_fields = self.note_fields(call.form.fields)
        self._check_size(call, call.form, endpoint)
        self.is_edited = not EDITS.isdisjoint(library_fields)
        if endpoint.settings.uploads is not None:
            self.uploads = KeptUploads(endpoint.settings.uploads, call.request, endpoint)
            await self._add_uploads(call.form, self.uploads)
        if self.is_edited:
            refuse_changed(call, self.fields)
        try:
            call.input = self._decoded(call.form, endpoint)
        except InputError as error:
            warn_of_files_by_name(call, call.form, error)
            if self.sign and not self.is_edited:
                warn_of_absent_controls(call, call.form, error, endpoint)
            raise

    def _check_size(self, call: ServerCall, form: FormBody, endpoint: Endpoint) -> None:
        """Refuse a form with more text or fields than the action takes; it is shown again."""
        try:
            form.check_size(endpoint.form_limits)
        except ActionError as error:
            files = [(name, file.size) for name, file in form.files]
            self.issues = issues_of_size(FormTexts(form.fields, files), call.request, endpoint, error)
            raise

    async def _add_uploads(self, form: FormBody, uploads: KeptUploads) -> None:
        """Add the files that are kept for the form, and keep all open until it is answered."""
        self._body = form
        form.users += 1  # or the call would close it before its files are kept
        await uploads.add_to(form)

    def _decoded(self, form: FormBody, endpoint: Endpoint) -> Any:
        lost_uploads: Sequence[Issue] = () if self.uploads is None else self.uploads.issues
        try:
            value = endpoint.decode_form(form.fields, form.files)
        except InputError as error:
            handler_input = endpoint.input
            if handler_input is not None:
                error = invalid_input(with_labels(error.issues, handler_input))
            if lost_uploads:
                error = with_issues(error, lost_uploads)
            raise error from None
        if lost_uploads:
            raise with_issues(None, lost_uploads)
        return value

    async def keep_uploads(self, endpoint: Endpoint, error: ActionError | None) -> None:
        """Keep the valid files of a form that failed or was edited, until it is sent again."""
        form, uploads = self._body, self.uploads
        if form is None or uploads is None or not form.files:
            return
        if self.is_edited:
            # Nothing ran, so the files are not validated yet, and only valid ones are kept.
            try:
                self._decoded(form, endpoint)
            except ActionError as problem:
                error = problem
        await uploads.keep(form, error.issues if isinstance(error, InputError) else ())

    def close(self) -> None:
        """Close the files of the form."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def note_fields(self, fields: Sequence[Pair]) -> Mapping[str, str]:
        """Note what was submitted, and return the library's own controls in it."""
        self.fields = fields
        self.has_read = True
        library_fields = {name: value for name, value in fields if name.startswith(OURS)}
        if library_fields:
            self.key, self.sign = library_fields.get(FORM_KEY, ""), library_fields.get(FORM_SIGN, "")
            self._token = library_fields.get(FORM_TOKEN, "")
        return library_fields

    def sink(self, call: ServerCall, endpoint: Endpoint) -> NoReturn:
        """Raise TypeError: a stream that accepts forms is a definition error."""
        raise type_error(f"{endpoint.name!r} is a stream, and takes no forms.")

    def file_sink(self, call: ServerCall, endpoint: Endpoint) -> FileSink:
        """Return the sink of an action that answers with a file, which the browser saves."""
        return FileSink(call, _leave_unmarked)

    def repetition(self, call: ServerCall, endpoint: Endpoint) -> Repetition | None:
        """Return the token of the form, where it has one."""
        if self._token:
            # A genuine token has 22 characters; a longer one is cut, so that it cannot fill the
            # store.
            return Repetition(kind="form", key=self._token[:100])
        return None


def _leave_unmarked(response: HTTPResponse) -> None:
    """Add nothing to a head: no contract is between a page and its server."""


_FOR_BROWSERS: Final = (
    "This form is answered with a file, which a browser saves and a script cannot: leave out data-sanic-action."
)
