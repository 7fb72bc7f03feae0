"""Typed calls from Python to a Sanic app, and HTML forms without JavaScript, from one definition.

This door defines actions: a module of actions needs no other. Three more serve them
(``sanic_actions.server``), call them (``sanic_actions.client``) and write the client package
(``sanic_actions.codegen``).
"""

from __future__ import annotations

from ._door import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._actions import Action as Action
    from ._auth import ApiKey as ApiKey
    from ._auth import Bearer as Bearer
    from ._auth import SessionCookie as SessionCookie
    from ._context import ActionContext as ActionContext
    from ._define_action import action as action
    from ._define_action import define_action as define_action
    from ._definition import Injected as Injected
    from ._definition_error import DefinitionError as DefinitionError
    from ._definition_error import Problem as Problem
    from ._errors import ActionError as ActionError
    from ._errors import CallError as CallError
    from ._errors import InputError as InputError
    from ._errors import Issue as Issue
    from ._files import Accept as Accept
    from ._files import MaxBytes as MaxBytes
    from ._files import UploadedFile as UploadedFile
    from ._interceptors import Interceptor as Interceptor
    from ._interceptors import Proceed as Proceed
    from ._limits import Limits as Limits
    from ._literals import Code as Code
    from ._namespace import Namespace as Namespace
    from ._options import Guard as Guard
    from ._results import Err as Err
    from ._results import Event as Event
    from ._results import Ok as Ok
    from ._results import Redirect as Redirect
    from ._results import Result as Result
    from ._types.output_file import Download as Download

# Importing a submodule runs this file first, so nothing here may load pydantic.
_HOMES = {
    "Accept": "._files",
    "Action": "._actions",
    "ActionContext": ".server",
    "ActionError": "._errors",
    "ApiKey": "._auth",
    "Bearer": "._auth",
    "CallError": "._errors",
    "Code": "._literals",
    "DefinitionError": "._definition_error",
    "Download": "._types.output_file",
    "Err": "._results",
    "Event": "._results",
    "Guard": "._options",
    "Injected": "._definition",
    "InputError": "._errors",
    "Interceptor": "._interceptors",
    "Issue": "._errors",
    "Limits": "._limits",
    "MaxBytes": "._files",
    "Namespace": "._namespace",
    "Ok": "._results",
    "Problem": "._definition_error",
    "Proceed": "._interceptors",
    "Redirect": "._results",
    "Result": "._results",
    "SessionCookie": "._auth",
    "UploadedFile": "._files",
    "action": "._define_action",
    "define_action": "._define_action",
}
if not TYPE_CHECKING:  # checkers would take any name for one of this module
    __getattr__, __dir__ = lazy_names(__name__, _HOMES)

__all__ = [
    "Accept",
    "Action",
    "ActionContext",
    "ActionError",
    "ApiKey",
    "Bearer",
    "CallError",
    "Code",
    "DefinitionError",
    "Download",
    "Err",
    "Event",
    "Guard",
    "Injected",
    "InputError",
    "Interceptor",
    "Issue",
    "Limits",
    "MaxBytes",
    "Namespace",
    "Ok",
    "Problem",
    "Proceed",
    "Redirect",
    "Result",
    "SessionCookie",
    "UploadedFile",
    "action",
    "define_action",
]
