"""A contract: every action of a tree with its input, output and errors, described by plain data.

The description comes from the declared types and not from a JSON schema, in which a Decimal is a
string and an enum has lost its name. It holds the facts that a caller could notice and no others:
no documentation, no order of fields, nothing that depends on the Python version that reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, Final, Literal

from pydantic_core import from_json, to_json

from .._definition import Parameters
from .._entry import Entry
from .._errors import ActionError
from ._describer import Describer
from ._offered_names import NameNotes, names_in
from ._plain_data import Json
from ._traits import bases_of_error

Role = Literal["input", "output"]

FORMAT: Final = 1
"""The version of the description itself; a reader refuses one that is newer."""


DOWNLOAD: Final = "sanic_actions.Download"
"""The described output of an action that returns a file."""


@dataclass(frozen=True)
class Contract:
    """The actions of an app as its callers depend on them.

    Attributes:
        actions: Each action by its dotted name.
        inputs: The classes that inputs lead to, by module and name, as callers write them.
        outputs: The classes that outputs and errors lead to, as callers read them.
        modules: The names that callers import, by the module of each; None if it is not known, as
            in a lock that has none.
        aliases: The aliases that each action leads to, by its name.
    """

    actions: Mapping[str, Json]
    inputs: Mapping[str, Json] = field(default_factory=dict)
    outputs: Mapping[str, Json] = field(default_factory=dict)
    modules: Mapping[str, Sequence[str]] | None = None
    # Not in any hash: names of aliases are not sent, so renaming one does not change the wire.
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """Sixteen hexadecimal digits for each action, which change if its callers could notice it."""
        return {name: self._hash(name) for name in self.actions}

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits for all actions together."""
        return hashlib.sha256(canonical(dict(self.hashes))).hexdigest()[:16]

    def is_like(self, rival: Contract) -> bool:
        """Return whether two contracts are equal in everything that both of them know."""
        if self.modules is not None and rival.modules is not None and self.modules != rival.modules:
            return False
        return (self.actions, self.inputs, self.outputs) == (rival.actions, rival.inputs, rival.outputs)

    def names_of(self, name: str) -> frozenset[str]:
        """Return the described names that an action leads to, aliases too."""
        action = self.actions[name]
        return frozenset(
            [
                *self.names_behind("input", action["input"]),
                *self.names_behind("output", [action["output"], action["errors"]]),
                *self.aliases.get(name, ()),
            ]
        )

    def names_behind(self, role: Role, description: Any) -> Iterator[str]:
        """Yield the described names that a part of an input or an output leads to."""
        mentions = self._mentions(role)
        yield from names_in(description)
        for name in _reachable([description], mentions):
            yield from names_in(mentions.classes[name])

    def _mentions(self, role: Role) -> _Mentions:
        if role == "input":
            return self._input_mentions
        return self._output_mentions

    def only(self, name: str) -> Contract:
        """Return the contract of one action, with the classes that it leads to and no others."""
        action = self.actions[name]
        inputs = _reachable([action["input"]], self._input_mentions)
        outputs = _reachable([action["output"], action["errors"]], self._output_mentions)
        return Contract({name: action}, inputs, outputs)

    def dangling(self) -> list[str]:
        """Return the classes that are mentioned but not described, as only a manual edit leaves them."""
        inputs = [self.inputs, [action["input"] for action in self.actions.values()]]
        outputs = [self.outputs, [[action["output"], action["errors"]] for action in self.actions.values()]]
        missing = {*class_names(inputs)} - self.inputs.keys()
        return sorted(missing | ({*class_names(outputs)} - self.outputs.keys()))

    def as_json(self) -> Json:
        """Return the contract as plain data, as a lock holds it."""
        data = {"actions": self.actions, "inputs": self.inputs, "outputs": self.outputs}
        if self.modules is None:
            return data
        modules = {name: list(names) for name, names in sorted(self.modules.items())}
        return {**data, "modules": modules}

    def texts(self) -> dict[str, str]:
        """Return the classes of ``as_json`` as compact JSON, of which the hashes are made."""
        inputs, outputs = self._input_mentions, self._output_mentions
        return {"inputs": inputs.text(self.inputs), "outputs": outputs.text(self.outputs)}

    @cached_property
    def closed_members(self) -> frozenset[str]:
        """The classes of outputs that refuse unknown fields: members of unions, whose copies do so.

        They are named without type arguments, since all uses of a generic class have one copy.
        """
        names: set[str] = set()
        # A stack of its own, as in class_names.
        actions = self.actions.values()
        pending: list[Any] = [self.outputs, [[action["output"], action["errors"]] for action in actions]]
        while pending:
            part = pending.pop()
            if isinstance(part, dict):
                pending.extend(_described_parts(part))
                members, refusing = part.get("union"), part.get("closed")
                if isinstance(members, list) and isinstance(refusing, list):
                    names.update(name.partition("[")[0] for name in refusing if isinstance(name, str))
            elif isinstance(part, list):
                pending.extend(part)
        return frozenset(names)

    @cached_property
    def _input_mentions(self) -> _Mentions:
        return _Mentions(self.inputs)

    @cached_property
    def _output_mentions(self) -> _Mentions:
        return _Mentions(self.outputs)

    def _hash(self, name: str) -> str:
        alone = self.only(name)
        # The action's name is not hashed: under another name it is another action anyway.
        action = alone.actions[name]
        inputs = self._input_mentions.text(alone.inputs)
        outputs = self._output_mentions.text(alone.outputs)
        try:
            source = f"[{FORMAT},{_compact(action)},{inputs},{outputs}]".encode()
        except UnicodeEncodeError:  # written in another way, which only the whole shows
            source = canonical([FORMAT, action, alone.inputs, alone.outputs])
        return hashlib.sha256(source).hexdigest()[:16]


def describe(entries: Mapping[str, Entry]) -> Contract:
    """Describe the actions of a tree, as ``entries(server)`` gives them."""
    inputs, outputs = Describer(written_by="caller"), Describer(written_by="server")
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
    return {key: tuple(sorted(values)) for key, values in sorted(names.items()) if values}


def canonical(data: object) -> bytes:
    """Return data as JSON in a canonical form: equal data has equal bytes."""
    try:
        return _compact(data).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which UTF-8 cannot encode
        return json.dumps(data, sort_keys=True, separators=_SEPARATORS).encode()


_SEPARATORS: Final = (",", ":")
_compact: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=_SEPARATORS).encode


def laid_out(data: Json, texts: Mapping[str, str]) -> str:
    """Return data as JSON for people: sorted and indented; ``texts`` are parts that are JSON."""
    members: list[str] = []
    for key in sorted(data):
        members.append(f"{_compact(key)}:{texts.get(key) or _compact(data[key])}")
    try:
        # json sorts and pydantic indents, in a tenth of the time that json needs for both.
        return to_json(from_json(_braced(members).encode()), indent=1).decode()
    except ValueError:  # half a surrogate pair, as above
        return json.dumps(data, sort_keys=True, indent=1)


def _braced(members: Iterable[str]) -> str:
    return f"{{{','.join(members)}}}"


def _action(entry: Entry, inputs: Describer, outputs: Describer) -> Json:
    definition = entry.definition
    errors: Json = {}
    for error in entry.raises:
        errors[error.__name__] = _error(error, outputs)
    # Left out if they are off, so that contracts from before these options keep their hashes.
    switches = {"idempotent": entry.action.idempotent, "ids": definition.has_ids}
    return {
        "accept": sorted(entry.action.accept),
        "errors": dict(sorted(errors.items())),
        "input": _input(entry, inputs),
        "once": entry.action.once,
        "output": _output(entry, outputs),
        "stream": definition.is_stream,
        **{name: True for name, is_on in switches.items() if is_on},
    }


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


class _Mentions(dict[str, list[str]]):
    """The classes that each class mentions, read once: each hash asks for those that it needs."""

    def __init__(self, classes: Mapping[str, Json]) -> None:
        super().__init__()
        self.classes = classes
        self._texts: dict[str, str] = {}

    def text(self, names: Iterable[str]) -> str:
        """Return the description of some classes as compact JSON; each is written once."""
        texts, order = self._texts, sorted(names)
        for name in order:
            if name not in texts:
                texts[name] = f"{_compact(name)}:{_compact(self.classes[name])}"
        return _braced(map(texts.__getitem__, order))

    def __missing__(self, name: str) -> list[str]:
        names = self[name] = list(class_names(self.classes[name]))
        return names


def _reachable(roots: list[Any], mentions: _Mentions) -> dict[str, Json]:
    """Return the classes that some descriptions lead to, directly or through other classes."""
    names: set[str] = set()
    # Each class is entered once, so this ends with the last of them.
    pending = list(chain.from_iterable(map(class_names, roots)))
    while pending:
        name = pending.pop()
        if name in names or name not in mentions.classes:
            continue
        names.add(name)
        pending.extend(mentions[name])
    return {name: mentions.classes[name] for name in sorted(names)}


def class_names(description: Any) -> Iterator[str]:
    """Yield the names of the classes that a description mentions."""
    # A stack of its own: nested generators, one for each level, take twice as long.
    pending = [description]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            name = part.get("class")
            if len(part) == 1 and isinstance(name, str):
                yield name
            else:
                pending += [value for value in _described_parts(part) if isinstance(value, _PARTS)]
        elif isinstance(part, list):
            pending += [value for value in part if isinstance(value, _PARTS)]


def _described_parts(description: Json) -> Iterable[Any]:
    """Return the parts of a description without its data: defaults and enums may look like parts."""
    kind, default = description.get("kind"), description.get("default")
    # A field may be called so too; its description has other keys.
    if isinstance(kind, str):
        return [part for key, part in description.items() if key not in ("members", "defaults")]
    if isinstance(default, dict) and default.keys() == {"value"}:
        return [part for key, part in description.items() if key != "default"]
    return description.values()


_PARTS: Final = (dict, list)
