"""Read the answers of servers that named another contract; loaded with the first such answer.

If the package knows the server's contract as an older one that it works with, nothing happens.
Otherwise the client warns or raises as configured, and an error about a value that does not fit
explains that the contracts differ.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pkgutil import get_data
from typing import Any, Final

from .._errors import ActionError, CallError, InputError
from .._literals import CONTRACT_HEADER
from ._caller import caller_level
from ._contract_changed import ContractChanged
from ._outcome import read
from ._plan import Plan
from ._session import Session
from ._transport import Request, Response

MAX_DIGEST: Final = 64
"""Characters of a server's hash that a message repeats; ours have sixteen."""

logger: Final = logging.getLogger("sanic_actions")


def read_differing(
    name: str,
    session: Session[Any],
    plan: Plan,
    request: Request,
    response: Response,
) -> Any:
    """Return the output of an action whose server named a contract of its own.

    Raises:
        ActionError: The action failed; where a value does not fit, the message says that the
            contracts differ.
        CallError: The client was configured to raise.
    """
    message = tell_difference(name, session, plan, request, response)
    try:
        return read(plan, request, response)
    except ActionError as error:
        is_likely = isinstance(error, InputError) or (isinstance(error, CallError) and error.cause == "protocol")
        if message and is_likely:
            _explain(error, message)
        raise


def tell_difference(
    name: str,
    session: Session[Any],
    plan: Plan,
    request: Request,
    response: Response,
) -> str:
    """Warn or raise as configured, and return the message; empty if the two contracts fit.

    Raises:
        CallError: The client was configured to raise.
    """
    digest = response.headers[CONTRACT_HEADER][:MAX_DIGEST]
    if digest == plan.contract or digest in _older_contracts(session.package).get(name, ()):
        return ""
    message = _message(name, plan.contract, digest, request.url, session.package)
    if session.on_change == "raise":
        message = f"{message} The server has answered with {response.status}, so the action may have run."
        raise CallError("PRECONDITION_FAILED", message, cause="contract", request=request, response=response)
    if session.on_change == "warn" and session.connections.is_first_difference(name):
        if logger.hasHandlers():  # without any, logging would print what the warning prints
            logger.warning("%s", message)
        warnings.warn(ContractChanged(message), stacklevel=caller_level())
    return message


def _message(name: str, own: str, digest: str, url: str, package: str) -> str:
    return (
        f"The contract of {name} differs: the package {package!r} has {own!r}, and {url} has "
        f"{digest!r}. Values that were sent may have been dropped, and others may be missing. "
        "Install the version of the package that belongs to this server, older or newer, or run "
        "'sanic-actions generate' where it is made."
    )


def _explain(error: ActionError, message: str) -> None:
    """Add the likely reason to the message of an error: what does not fit is what has changed."""
    sentence = f"{error.message.rstrip('.')}. " if error.message else ""
    error.message = f"{sentence}{message}"
    error.args = (error.message, *error.args[1:])


@lru_cache(maxsize=16)
def _older_contracts(package: str) -> Mapping[str, frozenset[str]]:
    """Return for each action the hashes of older contracts that a package's clients accept."""
    try:
        actions = json.loads(get_data(package, "contract.json") or b"{}").get("actions", {})
        return {name: frozenset(action.get("works_with", ())) for name, action in actions.items()}
    except (ImportError, OSError, ValueError, AttributeError, TypeError):
        # The package has no contract of ours.
        return {}
