"""The entrances of calls that a developer makes on the page, which are checked like any other call.

The rule of this file: nothing that a page of another origin posts is left in a form that a
developer might send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from ..._errors import ActionError
from ..._forms.kept_files import KeptUpload
from ..._observers import Observer
from .._call.body import media_type, read_sent_form
from .._call.contract_check import ContractCheck
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._call.unsubmitted import refuse_changed
from .._http import HttpEntrance
from .._pages.page_entrance import PageEntrance
from .._pages.page_query import Pair
from .._pages.refused_form import texts_of_refused

INPUT: Final = "input"
"""The control that holds the input as JSON."""


class JsonTrial(HttpEntrance):
    """A call from the developer page whose input is JSON in one control of a form.

    Attributes:
        fields: The submitted controls, once the form is read.
        is_foreign: Whether a page of another origin sent it.
    """

    uploads: None = None

    def __init__(self, endpoints: Mapping[str, Endpoint], check: ContractCheck, observer: Observer | None) -> None:
        super().__init__(endpoints, check, observer)
        self.fields: Sequence[Pair] = ()
        self.has_read = False
        self.is_foreign = False

    def check_origin(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Refuse what another origin's page sends, and note it, so that nothing is shown."""
        try:
            super().check_origin(call, endpoint)
        except ActionError:
            self.is_foreign = True
            raise

    async def read(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Read the JSON in the one control of the form."""
        _, content_type = media_type(call.request, ("form",))
        self.has_read = True
        call.form = form = await read_sent_form(call.request, endpoint, content_type, endpoint.form_limits)
        self.note_fields(form.fields)
        refuse_changed(call, form.fields)
        call.body = dict(form.fields).get(INPUT, "").strip().encode()
        # The form was read within the limit of forms. The JSON in it has that of calls as well.
        if len(call.body) > endpoint.max_body:
            raise ActionError("CONTENT_TOO_LARGE", f"The input is longer than {endpoint.max_body} bytes.")
        if call.body:
            call.input = endpoint.decode_json(call.body)
        else:
            call.input = endpoint.decode_nothing()

    def note_fields(self, fields: Sequence[Pair]) -> None:
        """Note what was submitted."""
        self.fields = fields

    def close(self) -> None:
        """Do nothing: no file is sent."""


TrialEntrance = JsonTrial | PageEntrance


def trial_entrance(
    name: str, endpoints: Mapping[str, Endpoint], check: ContractCheck, *, as_form: bool
) -> TrialEntrance:
    """Return the entrance of a call from the page: that of JSON, or that of forms.

    Args:
        name: The name of the action.
        endpoints: The actions that are served.
        check: The check of the contract.
        as_form: Whether the form was sent, if the action takes JSON as well.
    """
    endpoint = endpoints.get(name)
    if endpoint is None:
        # Observers come with an endpoint. This entrance only answers NOT_FOUND.
        return JsonTrial(endpoints, check, None)
    if "json" in endpoint.accepts and not (as_form and endpoint.accepts_forms):
        return JsonTrial(endpoints, check, endpoint.settings.observer)
    return PageEntrance(endpoint)


async def keep_what_was_typed(call: ServerCall, entrance: TrialEntrance, error: ActionError | None) -> None:
    """Read a form that was refused unread, and keep its files if the app keeps uploads."""
    endpoint = call.endpoint
    if endpoint is None or entrance.is_foreign:
        return
    if not entrance.has_read:
        texts = await texts_of_refused(call.request, endpoint, drains=False)
        entrance.note_fields(texts.fields)
    if isinstance(entrance, PageEntrance) and error is not None:
        await entrance.keep_uploads(endpoint, error)


def kept_uploads(entrance: TrialEntrance) -> Sequence[KeptUpload]:
    """Return the files that are kept for the form."""
    if entrance.uploads is None:
        return ()
    return entrance.uploads.kept
