"""Reads the input of one action from the controls of a form.

The rule of this file: a value that ``encode_fields`` has written is read back equal, and the
controls that a browser sends are read by the declared types.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from pydantic_core import to_json

from .._definition import Input
from .._errors import InputError, Issue, invalid_input, replace_issues
from .._files import FILES, UploadedFile
from .._issues import MAX_ISSUES, TOO_MANY
from .._messages import REQUIRED
from .._wire import Codec
from .compiler import Compiler
from .form_lists import ListNode
from .form_objects import ObjectNode
from .form_scalars import FILE, NOTHING, FormNode, FormReading, FormScalar
from .markers import MARKERS
from .names import ABOUT_FORM, OURS, under
from .read_tree import read_tree
from .tree import FormTree

T = TypeVar("T")
Pairs = Sequence[tuple[str, str]]
FormFiles = Sequence[tuple[str, UploadedFile]]


class FormPlan(Generic[T]):
    """Reads forms for one input; compiled once.

    Args:
        input: The input of the action.
        codec: The codec of its type.
    """

    __slots__ = ("_codec", "_codecs", "_is_raw", "_order", "_plain", "_root", "_whole")

    def __init__(self, input: Input, codec: Codec[T]) -> None:
        self._codec = codec
        self._codecs: dict[Any, Codec[Any]] = {}
        """Those of members of unions, by their classes, each made when it is first needed."""
        self._root = Compiler().slot(codec.schema)
        self._is_raw = _takes_pairs(self._root.node)
        self._whole: frozenset[str] = frozenset()
        self._plain: _PlainFields | None = None
        if isinstance(self._root.node, ObjectNode):
            self._whole = frozenset(self._root.node.by_name)
            self._plain = None if self._root.nullable else _PlainFields(self._root.node)
        self._order = {field.name: number for number, field in enumerate(input.fields or ())}

    def decode(self, fields: Pairs, files: FormFiles = ()) -> T:
        """Read an input from the controls of a form, in their order.

        Raises:
            InputError: They are not such an input; its issues are on the paths of the fields.
        """
        # Most forms are plain, and are read faster without a tree.
        if self._plain is not None and not files:
            data = self._plain.read(fields)
            if data is not None:
                return self._validated(data, _NO_NOTES)
        context = {FILES: [file for _, file in files]}
        names = [name for name, _ in files]
        if self._is_raw and not _are_numbered(fields, names):
            # A file is represented by its number; the type of files takes it from the context by
            # that.
            controls = [*fields, *zip(names, range(len(names)), strict=True)]
            pairs = [pair for pair in controls if not pair[0].startswith(OURS)]
            return self._codec.decode(to_json(pairs), context)
        tree = self.tree(fields, names)
        return self._decode_tree(None if tree.is_nothing else tree, context)

    def tree(self, fields: Pairs, files: Sequence[str] = ()) -> FormTree:
        """Return what a form holds; ``files`` are the names of the controls that hold one."""
        return read_tree(fields, files, self._whole)

    def with_sent_paths(self, error: InputError, fields: Pairs, files: FormFiles = ()) -> InputError:
        """Return an error whose paths number the items as the form did, not as the input does.

        A handler that adds an issue counts the items of its input. The form's own numbers may have
        gaps: rows that were removed or left blank are not items of the input.
        """
        # Reads the form again: errors of handlers are few, so the numbers are not kept for each
        # call.
        reading = FormReading()
        self._root.read(self.tree(fields, [name for name, _ in files]), "", reading)
        if not reading.numbers:
            return error
        issues = []
        for issue in error.issues:  # the action's own, not the caller's
            path = _sent_path(issue.path, reading.numbers)
            issues.append(Issue(path, issue.message, issue.type, issue.values))
        return replace_issues(error, issues)

    def _decode_tree(self, tree: FormTree | None, context: Mapping[str, object]) -> T:
        """Read and validate a form, None for an empty one; raise one error with the issues of both steps."""
        reading, data = FormReading(), NOTHING
        if tree is not None:
            data = self._root.read(tree, "", reading)
        if data is NOTHING and not reading.issues:
            data = self._root.fill("", reading)
        if data is NOTHING:
            if not reading.issues:
                reading.add_issue("", REQUIRED, "missing")
            raise self._error(reading, ())
        if reading.meant:
            self._check_meant(reading, context)
        value = self._validated(data, reading, context)
        if reading.issues:
            raise self._error(reading, ())
        return value

    def _check_meant(self, reading: FormReading, context: Mapping[str, object]) -> None:
        """Note the issues of objects that were meant by what was entered: others would drop it."""
        for path, cls, value in reading.meant:  # one for each union that was sent
            codec = self._codecs.get(cls)
            if codec is None:
                codec = self._codecs[cls] = Codec(cls)
            try:
                codec.decode(to_json(value), context)
            except InputError as error:
                reading.covered.add(path)
                for issue in error.issues:
                    own_path = under(path, issue.path) if issue.path else path
                    own_issue = Issue(own_path, issue.message, issue.type, issue.values)
                    reading.issues.setdefault(own_path, own_issue)

    def _validated(self, data: Any, reading: FormReading, context: Mapping[str, object] | None = None) -> T:
        try:
            return self._codec.decode(to_json(data), context)
        except InputError as error:
            # Where nothing was noted, validation's issues are all, and on the paths that were sent.
            has_notes = bool(reading.issues or reading.covered or reading.numbers or reading.shown)
            if not has_notes and self._are_in_order(error.issues):
                raise
            raise self._error(reading, error.issues) from None

    def _are_in_order(self, issues: Sequence[Issue]) -> bool:
        """Return whether issues are in the order of the fields, as those of a model are."""
        # An error that is right as it is need not be built again.
        if len(issues) == 1:
            return True
        places = list(map(self._place, issues))
        return len(places) <= MAX_ISSUES and places == sorted(places)

    def _place(self, issue: Issue) -> int:
        return self._order.get(issue.path.partition(".")[0], len(self._order))

    def _error(self, reading: FormReading, invalid: Sequence[Issue]) -> InputError:
        """Return an error with the issues of reading, and those of validation at other paths."""
        own_issues = []
        for issue in invalid:
            path = _sent_path(issue.path, reading.numbers)
            if not _is_covered(path, reading.covered):
                own_issues.append(Issue(path, issue.message, issue.type, issue.values))
        for path, shown_fields in reading.shown.items():  # one for each union that was sent
            own_issues = _of_shown(own_issues, path, shown_fields())
        issues = [*reading.issues.values(), *own_issues]
        issues.sort(key=self._place)
        return invalid_input(_bounded(issues))


def _bounded(issues: Sequence[Issue]) -> list[Issue]:
    """Return no more issues than may be listed, and one that says that there are more."""
    more: list[Issue] = []
    single: list[Issue] = []
    for issue in issues:
        (more if issue.type == TOO_MANY else single).append(issue)
    if len(single) > MAX_ISSUES and not more:
        message = f"More values are invalid than the {MAX_ISSUES} that are listed"
        more.append(Issue("", message, TOO_MANY))
    return single[:MAX_ISSUES] + more


def _sent_path(path: str, numbers: Mapping[str, list[int]]) -> str:
    """Return the path with the numbers that the sender gave to items."""
    if not numbers:
        return path
    above = ""
    for step in path.split("."):  # as deep as the input, which is bounded
        sent_numbers = numbers.get(above)
        if sent_numbers is not None and step.isdigit() and int(step) < len(sent_numbers):
            above = under(above, sent_numbers[int(step)])
        else:
            above = under(above, step)
    return above


def _of_shown(issues: list[Issue], path: str, names: Collection[str]) -> list[Issue]:
    """Return issues without those of members that pages do not show, if the shown one has any."""
    start = f"{path}." if path else ""
    rest: list[Issue] = []
    has_shown = False
    for issue in issues:  # no more than MAX_ISSUES
        is_inside = issue.path.startswith(start)
        is_shown = is_inside and issue.path.removeprefix(start).partition(".")[0] in names
        has_shown |= is_shown
        if is_shown or not (is_inside or issue.path == path):
            rest.append(issue)
    return rest if has_shown else issues


def _is_covered(path: str, covered_paths: set[str]) -> bool:
    """Return whether an issue of reading is at a path or above it."""
    if not covered_paths:
        return False
    while path not in covered_paths:  # one step shorter each time
        path, dot, _ = path.rpartition(".")
        if not dot:
            return False
    return True


class _PlainFields:
    """Reads plain forms, as most are: each control is a declared single value, sent once.

    It is only a faster way to what the tree gives: any other form is refused with None, and then
    read as a tree.
    """

    __slots__ = ("_fills", "_members", "_object", "_size")

    def __init__(self, node: ObjectNode) -> None:
        self._object = node
        self._size = len(node.members)
        self._members: dict[str, tuple[str, FormScalar | None, bool, bool, Any]] = {}
        for name, member in node.by_name.items():
            scalar = member.slot.node
            if isinstance(scalar, FormScalar) and not name.startswith(OURS):
                scalar_to_read = None if scalar == _TEXT else scalar
                blank_value = NOTHING if member.slot.nullable else scalar.blank_value
                self._members[name] = member.key, scalar_to_read, member.needs_text, member.strips, blank_value
        # If all fields are single values, what they hold when they are not sent is the same for all forms.
        self._fills: dict[str, Any] | None = None
        if all(isinstance(member.slot.node, FormScalar) for member in node.members):
            self._fills = {}
            node.complete(self._fills, "", FormReading())

    def read(self, fields: Pairs) -> dict[str, Any] | None:
        """Return the JSON data of a form; None for one that is not plain."""
        data: dict[str, Any] = {}
        blank_keys: list[str] = []
        for name, text in fields:  # bounded by Limits(fields=...), and ends at any that is not plain
            member = self._members.get(name)
            if member is None:
                if name in ABOUT_FORM:
                    continue
                return None
            key, scalar, needs_text, strips, blank_value = member
            value = text if scalar is None else scalar.text(text)
            if value is NOTHING or (needs_text and (not text or (strips and text.isspace()))):
                value = blank_value
                if value is NOTHING:
                    blank_keys.append(key)
            if key in data or value is None:  # the tree says what is wrong with it
                return None
            data[key] = value
        for key in blank_keys:  # kept until now, so that a field that is sent twice was noticed
            del data[key]
        if len(data) < self._size:
            return self._completed(data)
        return data

    def _completed(self, data: dict[str, Any]) -> dict[str, Any] | None:
        """Return data with the values of fields not sent; None if the form is not plain."""
        if self._fills is not None:
            return self._fills | data
        reading = FormReading()
        self._object.complete(data, "", reading)
        if reading.issues:
            return None
        return data


_NO_NOTES: Final = FormReading()
"""The notes of every plain form: none. It is shared, and never written to."""

_OF_PAIR: Final = re.compile(r"(0|[1-9][0-9]*)\.[01]")
_TEXT: Final = FormScalar(keeps_blank=True)


def _are_numbered(fields: Pairs, files: Iterable[str]) -> bool:
    for name in (*(name for name, _ in fields), *files):
        if not (name in MARKERS or name.startswith(OURS) or _OF_PAIR.fullmatch(name)):
            return False
    return True


def _takes_pairs(node: FormNode) -> bool:
    """Return whether the input is the raw form: a list of pairs of a name and a text (or a file)."""
    if not isinstance(node, ListNode) or node.first:
        return False
    pair = node.rest.node
    if not isinstance(pair, ListNode) or len(pair.first) != 2:
        return False
    name, value = pair.first
    return name.node == _TEXT and value.node in (_TEXT, _TEXT | FILE)
