"""The door that serves actions from a Sanic app."""

from __future__ import annotations

from ._blueprint import ActionsBlueprint, Mount, mounts
from ._context import ActionContext
from ._find import action_path
from ._local import call_action

__all__ = ["ActionContext", "ActionsBlueprint", "Mount", "action_path", "call_action", "mounts"]
