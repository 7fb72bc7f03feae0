"""Values to form controls and back, both directions, for the input of one action.

The law of this file: what ``encode_fields`` writes for a value, ``FormPlan`` reads back equal, and what a browser sends
for the controls of a page means what the declared types say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from pydantic_core import to_json

from .._definition import Input
from .._errors import InputError, Issue
from .._files import FILES, UploadedFile
from .._issues import MAX_ISSUES
from .._messages import REQUIRED
from .._wire import Codec
from .compiler import Compiler
from .groups import Fields, Items
from .leaves import ABSENT, FILE, Leaf, Node, Reading
from .names import EMPTY, NULL, OURS, control_text, control_under, gather

T = TypeVar("T")


def encode_fields(value: object) -> list[tuple[str, str]]:
    """The controls for a JSON value: ``{"items": [{"title": "a"}]}`` gives ``("items.0.title", "a")``.

    What no control can say, None and a list or object without members, is said by two names of ours:
    ``("_action.null", "field.path")`` and ``("_action.empty", "field.path")``.
    """
    return list(_controls(value, ""))


def _controls(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if value is None:
        yield NULL, name
    elif not isinstance(value, dict | list):
        yield name, control_text(value)
    elif not value:
        yield EMPTY, name
    else:
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _controls(member, control_under(name, key))


class FormPlan(Generic[T]):
    """Reads forms for one input; compiled once.

    Args:
        input: The input of the action.
        codec: The codec of its type.
    """

    __slots__ = ("_codec", "_fields", "_names", "_order", "_raw", "_root", "_whole")

    def __init__(self, input: Input, codec: Codec[T]) -> None:
        self._codec = codec
        self._root = Compiler().place(codec.schema)
        self._raw = _takes_pairs(self._root.node)
        fields = self._root.node if isinstance(self._root.node, Fields) else None
        self._whole = frozenset(fields.names if fields else ())
        self._fields = None if self._root.nullable else fields
        self._names = _single_names(fields) if fields else {}
        self._order = {field.name: number for number, field in enumerate(input.fields or ())}

    def decode(self, fields: Sequence[tuple[str, str]], files: Sequence[tuple[str, UploadedFile]] = ()) -> T:
        """Read an input from the controls of a form, in their order.

        Raises:
            InputError: They are no such input; its issues are on the paths of the fields.
        """
        if not files and (data := self._plain(fields)) is not None:
            return self._codec.decode(to_json(data))
        context = {FILES: [file for _, file in files]}
        controls: list[tuple[str, str | int]] = [*fields, *((name, number) for number, (name, _) in enumerate(files))]
        if self._raw and not all(name.startswith(OURS) or _OF_PAIR.fullmatch(name) for name, _ in controls):
            return self._codec.decode(to_json([pair for pair in controls if not pair[0].startswith(OURS)]), context)
        reading = Reading()
        sent = gather(controls, self._whole)
        data = ABSENT if sent.nothing else self._root.read(sent, "", reading)
        if data is ABSENT and not reading.issues:
            data = self._root.fill("", reading)
        return self._judged(data, reading, context)

    def _plain(self, fields: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
        """The JSON data of a form that is as plain as most: known single values, each once. None for any other."""
        if self._fields is None:
            return None
        data: dict[str, Any] = {}
        for name, text in fields:
            key, leaf = self._names.get(name, _UNKNOWN)
            value = text if leaf is None else leaf.text(text)
            if key is None or key in data or value is ABSENT or value is None:
                return None
            data[key] = value
        if len(data) < len(self._fields.fields):
            reading = Reading()
            self._fields.complete(data, "", reading)
            return None if reading.issues else data
        return data

    def _judged(self, data: Any, reading: Reading, context: Mapping[str, object]) -> T:
        """Validate, and complain of everything at once."""
        if data is ABSENT:
            if not reading.issues:
                reading.complain("", REQUIRED, "missing")
            raise self._error(reading, ())
        try:
            value = self._codec.decode(to_json(data), context)
        except InputError as error:
            raise self._error(reading, error.issues) from None
        if reading.issues:
            raise self._error(reading, ())
        return value

    def _error(self, reading: Reading, found: Sequence[Issue]) -> InputError:
        """Our complaints and those of validation that say something else, in the order of the fields."""
        issues = [*reading.issues.values()]
        for issue in found:
            path = _as_sent(issue.path, reading.kept)
            if not any(path == covered or path.startswith(f"{covered}.") for covered in reading.covered):
                issues.append(Issue(path, issue.message, issue.type, issue.values))
        issues.sort(key=lambda issue: self._order.get(issue.path.partition(".")[0], len(self._order)))
        return InputError(issues[:MAX_ISSUES])


def _as_sent(path: str, kept: Mapping[str, list[int]]) -> str:
    """The path with the numbers that the sender gave to items, outer lists first."""
    for items in sorted(kept, key=len):
        above = f"{items}." if items else ""
        number, dot, rest = path.removeprefix(above).partition(".")
        if path.startswith(above) and number.isdigit() and int(number) < len(kept[items]):
            path = f"{above}{kept[items][int(number)]}{dot}{rest}"
    return path


_UNKNOWN: Final = (None, None)
_OF_PAIR: Final = re.compile(r"(0|[1-9][0-9]*)\.[01]")
_TEXT: Final = Leaf(keeps_blank=True)


def _single_names(fields: Fields) -> dict[str, tuple[str, Leaf | None]]:
    """The names of single values: key, and the leaf unless it takes every text as it is."""
    leaves = {name: (known.key, known.place.node) for name, known in fields.names.items() if name[:7] != OURS}
    return {n: (key, None if node == _TEXT else node) for n, (key, node) in leaves.items() if isinstance(node, Leaf)}


def _takes_pairs(node: Node) -> bool:
    """Whether the input is the raw form: a list of pairs of a name and a text (or a file)."""
    pair = node.rest.node if isinstance(node, Items) and not node.first else None
    leaves = [place.node for place in pair.first] if isinstance(pair, Items) else []
    return len(leaves) == 2 and leaves[0] == _TEXT and leaves[1] in (_TEXT, _TEXT | FILE)
