"""Describe the actions of a tree: each one's input, output and errors, and the names that callers import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._definition import Parameters
from .._entry import Entry
from .._errors import ActionError
from ._contract import DOWNLOAD, Contract
from ._describer import Describer
from ._offered_names import NameNotes
from ._plain_data import Json
from ._traits import bases_of_error


def describe(entries: Mapping[str, Entry]) -> Contract:
    """Describe the actions of a tree, as ``entries(server)`` gives them."""
    inputs = Describer(written_by="caller")
    outputs = Describer(written_by="server")
    actions: dict[str, Json] = {}
    aliases: dict[str, set[str]] = {}
    for name, entry in sorted(entries.items()):
        actions[name] = _action(entry, inputs, outputs)
        aliases[name] = {*inputs.notes.outside(), *outputs.notes.outside()}
    contract = Contract(actions, dict(sorted(inputs.classes.items())), dict(sorted(outputs.classes.items())))
    notes = inputs.notes.merged(outputs.notes)
    if notes.aliases:
        _add_aliases(aliases, notes, contract)
    return replace(contract, modules=_sorted(notes.modules), aliases=_sorted(aliases))


def _add_aliases(aliases: Mapping[str, set[str]], notes: NameNotes, contract: Contract) -> None:
    """Add the aliases in the classes that each action leads to."""
    for name in contract.actions:
        alone = contract.only(name)
        for owner in notes.aliases.keys() & {*alone.inputs, *alone.outputs}:
            aliases[name].update(notes.aliases[owner])


def _sorted(names: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """Return names in their order, by keys in theirs; nothing for a key without a name."""
    return {key: tuple(sorted(values)) for key, values in sorted(names.items()) if values}


def _action(entry: Entry, inputs: Describer, outputs: Describer) -> Json:
    definition = entry.definition
    errors: Json = {}
    for error in entry.raises:
        errors[error.__name__] = _error(error, outputs)
    description: Json = {
        "accept": sorted(entry.action.accept),
        "errors": dict(sorted(errors.items())),
        "input": _input(entry, inputs),
        "once": entry.action.once,
        "output": _output(entry, outputs),
        "stream": definition.is_stream,
    }
    # Left out if they are off, so that contracts from before these options keep their hashes.
    if entry.action.idempotent:
        description["idempotent"] = True
    if definition.has_ids:
        description["ids"] = True
    return description


def _output(entry: Entry, outputs: Describer) -> Any:
    definition = entry.definition
    if definition.is_download:
        return DOWNLOAD
    if definition.output is None:
        return "None"
    return outputs.describe(definition.output)


def _input(entry: Entry, inputs: Describer) -> Json | None:
    """Describe the input by its fields, which callers pass by name; they never see its class."""
    definition = entry.definition.input
    if definition is None:
        return None
    if definition.fields is None:
        return {"value": inputs.describe(definition.annotation)}
    if isinstance(definition, Parameters):
        return {"fields": inputs.fields(definition.fields)}
    return inputs.members(definition.annotation)


def _error(error: type[ActionError], outputs: Describer) -> Json:
    description: Json = {
        "class": f"{error.__module__}.{error.__qualname__}",
        "code": error._class_code,
        "fields": outputs.error_fields(error),
    }
    if bases := bases_of_error(error, outputs.base):
        description["bases"] = bases
    return description
