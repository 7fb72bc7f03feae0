"""A contract: every action of a tree with its input, output and errors, described by plain data.

The description comes from the declared types and not from a JSON schema, in which a Decimal is a
string and an enum has lost its name. It holds the facts that a caller could notice and no others:
no documentation, no order of fields, nothing that depends on the Python version that reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final, Literal

from ._canonical_json import braced, canonical, compact
from ._offered_names import names_in
from ._plain_data import Json

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
        if None not in (self.modules, rival.modules) and self.modules != rival.modules:
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
        inputs: list[Any] = [self.inputs]
        outputs: list[Any] = [self.outputs]
        for action in self.actions.values():
            inputs.append(action["input"])
            outputs += [action["output"], action["errors"]]
        missing_inputs = {*class_names(inputs)} - self.inputs.keys()
        missing_outputs = {*class_names(outputs)} - self.outputs.keys()
        return sorted(missing_inputs | missing_outputs)

    def as_json(self) -> Json:
        """Return the contract as plain data, as a lock holds it."""
        data = {"actions": self.actions, "inputs": self.inputs, "outputs": self.outputs}
        if self.modules is None:
            return data
        modules = {name: list(names) for name, names in sorted(self.modules.items())}
        return {**data, "modules": modules}

    def texts(self) -> dict[str, str]:
        """Return the classes of ``as_json`` as compact JSON, of which the hashes are made."""
        return {
            "inputs": self._input_mentions.text(self.inputs),
            "outputs": self._output_mentions.text(self.outputs),
        }

    @cached_property
    def closed_members(self) -> frozenset[str]:
        """The classes of outputs that refuse unknown fields: members of unions, whose copies do so.

        They are named without type arguments, since all uses of a generic class have one copy.
        """
        names: set[str] = set()
        # A stack of its own, as in class_names.
        pending: list[Any] = [self.outputs]
        for action in self.actions.values():
            pending += [action["output"], action["errors"]]
        while pending:
            part = pending.pop()
            if isinstance(part, dict):
                pending.extend(_described_parts(part))
                closed = part.get("closed")
                if isinstance(part.get("union"), list) and isinstance(closed, list):
                    names.update(name.partition("[")[0] for name in closed if isinstance(name, str))
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
            source = f"[{FORMAT},{compact(action)},{inputs},{outputs}]".encode()
        except UnicodeEncodeError:  # half a surrogate pair, with which the whole is written in another way
            source = canonical([FORMAT, action, alone.inputs, alone.outputs])
        return hashlib.sha256(source).hexdigest()[:16]


class _Mentions(dict[str, list[str]]):
    """The classes that each class mentions, read once: each hash asks for those that it needs."""

    def __init__(self, classes: Mapping[str, Json]) -> None:
        super().__init__()
        self.classes = classes
        self._texts: dict[str, str] = {}

    def text(self, names: Iterable[str]) -> str:
        """Return the description of some classes as compact JSON; each is written once."""
        texts: list[str] = []
        for name in sorted(names):
            if name not in self._texts:
                self._texts[name] = f"{compact(name)}:{compact(self.classes[name])}"
            texts.append(self._texts[name])
        return braced(texts)

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
    default = description.get("default")
    # A field may be called "kind" too; its description is not a string.
    if isinstance(description.get("kind"), str):
        return [part for key, part in description.items() if key not in ("members", "defaults")]
    if isinstance(default, dict) and default.keys() == {"value"}:
        return [part for key, part in description.items() if key != "default"]
    return description.values()


_PARTS: Final = (dict, list)
