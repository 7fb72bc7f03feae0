"""Find the actions that anybody may call: without a guard, or with guards that let everybody in.

Guards are code, so this starts the app and calls each guarded action without credentials.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from .._testing.app import LocalApp

if TYPE_CHECKING:
    from ..server._anonymous import Finding, Probe


def open_actions(
    app: Any,
    *,
    open_to_all: Collection[str] = (),
    parameters: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> list[str]:
    """Return a sentence for every action that is not proved to be guarded.

    Args:
        app: A Sanic app, which is started for it and left as it was.
        open_to_all: Names of actions that anybody is meant to call; ``public=True`` says the same
            of an action without a guard of its own.
        parameters: Values for the parameters of a ``url_prefix``, by name, where none can be made
            up.
        headers: Headers that the app's own middleware asks for, without credentials.

    Raises:
        TypeError: ``app`` is not a Sanic app.
        ValueError: There is nothing to check, or ``open_to_all`` names an action that does not
            exist.
        RuntimeError: The app does not start.
    """
    from ..server._anonymous import probes_of

    probes = probes_of(app)
    names = [probe.entry.name for probe in probes]
    if unknown := set(open_to_all) - set(names):
        near = get_close_matches(min(unknown), names, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no action {min(unknown)!r} in app {app.name!r}.{hint}")
    behind_guards, without_guard = _by_guards(probes, open_to_all)
    if not behind_guards:
        raise ValueError(f"App {app.name!r} has no guarded actions.{_unguarded_hint(without_guard)}")
    findings = asyncio.run(_findings(app, behind_guards, parameters or {}, headers or {}))
    return [*filter(None, map(_sentence, findings)), *map(_unguarded, without_guard)]


def _by_guards(
    probes: Iterable[Probe],
    open_to_all: Collection[str],
) -> tuple[list[Probe], list[Probe]]:
    """Return the actions with guards, which are called to see what they do, and those without."""
    behind_guards: list[Probe] = []
    without_guard: list[Probe] = []
    for probe in probes:
        if probe.entry.name in open_to_all:
            continue
        if probe.entry.guards:
            behind_guards.append(probe)
        elif not probe.entry.public:
            without_guard.append(probe)
    return behind_guards, without_guard


async def _findings(
    app: Any, probes: list[Probe], parameters: Mapping[str, object], headers: Mapping[str, str]
) -> list[Finding]:
    from ..server._anonymous import anonymous_findings

    async with _running(app):
        return await anonymous_findings(app, probes, parameters=parameters, headers=headers)


@asynccontextmanager
async def _running(app: Any) -> AsyncIterator[None]:
    """Start an app, and leave it as it was."""
    local_app = LocalApp(app)
    touch_up = app.config.TOUCHUP
    # It rewrites Sanic's own methods at the first start, for every app of the process: later tests
    # would share it.
    app.config.TOUCHUP = False
    try:
        await local_app.start()
    except Exception as error:
        raise RuntimeError(f"The app does not start: {error}") from error
    finally:
        app.config.TOUCHUP = touch_up
    try:
        yield
    finally:
        await local_app.stop()


def _unguarded_hint(probes: Collection[Probe]) -> str:
    if not probes:
        return ""
    names = ", ".join(repr(probe.entry.name) for probe in probes)
    return f" Nothing guards {names}. Write guard=..., default_guard=..., or public=True for what everybody may call."


def _unguarded(probe: Probe) -> str:
    return f"{probe.url} has no guard. Guard it, define it with public=True, or name it in open_to_all=[...]."


def _sentence(finding: Finding) -> str:
    """Return what is wrong with a guarded action; empty where its guards refuse."""
    url = finding.probe.url
    if finding.status is None:
        return f"{url} was not called: no value is known for its parameters. Pass parameters={{...}} by their names."
    if not finding.reached:
        return (
            f"{url} was not reached: something before it answered {finding.status}, which proves nothing of its guards."
            " Pass parameters={...} or headers={...} that lead to it."
        )
    if finding.refused:
        return ""
    return f"{url} answered {finding.status} to a call without credentials."
