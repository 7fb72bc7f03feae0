"""The public names of every door, so that an import from the wrong one can name the right one.

In the layer of words. A test compares the table with what the doors promise.
"""

from __future__ import annotations

from typing import Final

DOORS: Final[dict[str, str]] = {
    "sanic_actions": (
        "Accept Action ActionContext ActionError ApiKey Bearer CallError Code DefinitionError Download Err Event Guard "
        "Injected InputError Interceptor Issue Limits MaxBytes Namespace Ok Problem Proceed Redirect Result "
        "SessionCookie UploadedFile action define_action"
    ),
    "sanic_actions.server": (
        "ActionsBlueprint CalledFrom Control Entry FormFields Group Messages Mount ObservedCall Observer OnError "
        "Option RedisStore SQLiteStore StateError StateFull StateStore UploadFolder action_name action_result "
        "call_action call_url form form_action form_fields mounts problem_response"
    ),
    "sanic_actions.client": (
        "AsyncClient AsyncHttpx2Transport AsyncPyqwestTransport AsyncStream AsyncStreamingTransport AsyncTransport "
        "Client ContractChanged File Httpx2Transport NotSent PyqwestTransport Stream StreamingTransport Transport"
    ),
    "sanic_actions.testing": "AsgiApp Fake Faked local",
    "sanic_actions.opentelemetry": "OpenTelemetry",
    "pydantic": "BaseModel Field JsonValue",
    "sanic": "Blueprint Request Sanic",
    "typing": "Annotated Literal",
}
"""The public names of each door. Messages name the first door that has a name."""


def wrong_door(package: str, name: str) -> ImportError | None:
    """Return the error for a name that another door has; None where no door has it."""
    # Read once per mistake, so strings are split here rather than for every client that starts.
    for door, names in DOORS.items():
        if door != package and name in names.split():
            advice = f"Write: from {door} import {name}"
            if door == "sanic_actions.client" and name in ("Client", "AsyncClient"):
                # A comment, so that the line can be copied whole.
                advice += f"  # without actions; the generated package has them: from actions import {name}"
            return ImportError(f"{package} has no {name!r}. {advice}", name=package)
    return None
