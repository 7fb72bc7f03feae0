"""The door that serves actions from a Sanic app, over HTTP and from the forms of its pages."""

from __future__ import annotations

from .. import _extra as _extra  # what is not installed is told here, before Sanic is imported
from .._auth import ApiKey, Bearer, SessionCookie
from .._context import ActionContext, CalledFrom
from .._door import no_more_names
from .._entry import Entry
from .._limits import Limits
from .._observers import ObservedCall, Observer
from ._blueprint import ActionsBlueprint, Mount, mounts
from ._call.hooks import Messages, OnError
from ._controls.control import Control, Group, Option
from ._controls.form import FormFields
from ._local import call_action
from ._lookup import action_name, call_url
from ._outside import problem_response
from ._pages.action_result import action_result
from ._pages.form_action import form_action
from ._pages.page_form import form, form_fields
from ._state.redis import RedisStore
from ._state.sqlite import SQLiteStore
from ._state.store import StateError, StateFull, StateStore
from ._upload_folder import UploadFolder

TYPE_CHECKING = False
if not TYPE_CHECKING:  # checkers would take any name for one of this module
    __getattr__ = no_more_names(__name__)

__all__ = [
    "ActionContext",
    "ActionsBlueprint",
    "ApiKey",
    "Bearer",
    "CalledFrom",
    "Control",
    "Entry",
    "FormFields",
    "Group",
    "Limits",
    "Messages",
    "Mount",
    "ObservedCall",
    "Observer",
    "OnError",
    "Option",
    "RedisStore",
    "SQLiteStore",
    "SessionCookie",
    "StateError",
    "StateFull",
    "StateStore",
    "UploadFolder",
    "action_name",
    "action_result",
    "call_action",
    "call_url",
    "form",
    "form_action",
    "form_fields",
    "mounts",
    "problem_response",
]
