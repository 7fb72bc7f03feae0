"""The entrance of calls that a developer makes by hand: a form of the page, checked like any other call."""

from __future__ import annotations

from typing import Final

from ..._errors import ActionError
from .._call.body import media_type
from .._call.endpoint import Endpoint
from .._call.entrance import ServerCall
from .._http import HttpEntrance, read_sent_form

INPUT: Final = "input"
"""The control that holds the input as JSON."""


class TrialEntrance(HttpEntrance):
    """Calls from the developers' page: JSON as a control of a form, or the form of an action that takes only forms."""

    async def read(self, call: ServerCall, endpoint: Endpoint) -> None:
        """Read JSON out of the one control of the form."""
        if "json" not in endpoint.accepts:
            await super().read(call, endpoint)
            return
        _, content_type = media_type(call.request, ("form",))
        call.form = form = await read_sent_form(call.request, endpoint, content_type)
        call.body = dict(form.fields).get(INPUT, "").strip().encode()
        if len(call.body) > endpoint.limit:
            raise ActionError("CONTENT_TOO_LARGE", f"The input is longer than {endpoint.limit} bytes.")
        if call.body:
            call.input = endpoint.decode_json(call.body)
        else:
            call.input = endpoint.decode_nothing()
