"""The messages that a form can word better than validation, as it knows labels and choices.

The rule of this file: only the library's own English is said in other words. A validator's words
and those of a hook stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from ..._definition import Input
from ..._errors import Issue
from ..._messages import ACCEPTANCE, REQUIRED, said_of_choices, said_of_pattern
from ..._types.containers import is_container, items_of
from ..._types.fields import Field, accepted_names, fields_of
from ..._types.unions import members_of
from .choices import choices_of
from .field_types import FieldType, control_type, in_words, unwrap
from .words import Translate

LONGEST: Final = 60
"""Most characters of a label that is a part of a sentence; longer ones are sentences themselves."""

_NO_PART: Final = frozenset("?!.:;()/*")
"""Characters that make a label a sentence or a list, so that no other sentence can take it in."""


def with_labels(issues: Iterable[Issue], input: Input) -> list[Issue]:
    """Return issues of which those of blank fields name what is to be filled in: "Enter your name".

    Their values have the ``label`` for a hook that says it in another language. Of a field for an
    address, such as an email, no pattern is shown.
    """
    worded = list(issues)
    for number, words in enumerate([_words_for(issue, input) for issue in worded]):
        if words is not None:
            worded[number] = Issue(worded[number].path, *words)
    return worded


def _words_for(issue: Issue, input: Input) -> tuple[str, str, Mapping[str, object]] | None:
    """Return message, type and values of an issue, if the form has better ones; else None."""
    field = None
    if issue.message == REQUIRED or issue.type == "string_pattern_mismatch":
        field = _field_at(issue.path, input)
    if field is None:
        return None
    if issue.message != REQUIRED:
        return said_of_pattern(field.kind, issue.message, issue.values), issue.type, issue.values
    if field.is_acceptance:
        return ACCEPTANCE, "must_be_true", {}
    label = str(field.title) or field.name
    message = _sentence(field.verb, label) or issue.message
    return message, issue.type, {**issue.values, "label": label}


class _FieldFacts(NamedTuple):
    """A field that is blank or that does not match its pattern, as a sentence speaks of it.

    Attributes:
        title: Its declared title; a lazy text may be another one for each request.
        name: Its own name in words.
        verb: "Enter" or "Choose"; empty if neither fits.
        is_acceptance: Whether it is a box that has to be ticked.
        kind: The type of its control.
    """

    title: object
    name: str
    verb: str
    is_acceptance: bool
    kind: str


@lru_cache(maxsize=1024)  # as many as fields, whose labels are the author's
def _sentence(verb: str, label: str) -> str:
    """Return the sentence that asks for a field; empty if its label cannot be a part of one."""
    if verb and len(label) <= LONGEST and _NO_PART.isdisjoint(label):
        return _request_for(label, verb)
    return ""


# A walk over annotations for each blank field of each post would be most of what a failed post
# does. Paths have numbers of rows in them, which are the caller's: the size bounds how many are
# kept.
@lru_cache(maxsize=1024)
def _field_at(path: str, input: Input) -> _FieldFacts | None:
    """Return the facts about a field; None for a place without a label of its own."""
    type_ = _type_at(path, input)
    if type_ is None:
        return None
    name = in_words(path.rpartition(".")[2])
    kind = str(type_.widget or type_.form.get("type") or control_type(type_))
    return _FieldFacts(type_.title, name, _verb(type_), type_.target == Literal[True], kind)


def always_sends(path: str, input: Input) -> bool:
    """Return whether a field's control is sent even if blank, other than radio buttons."""
    field = _field_at(path, input)
    return field is not None and field.kind not in _SILENT


_SILENT: Final = frozenset({"radio", "checkbox", "submit", "file"})


def _type_at(path: str, input: Input) -> FieldType | None:
    """Return the type of a field by its path; None for a place without a label of its own."""
    fields: Sequence[Field] = input.fields or ()
    type_ = None
    for step in path.split("."):  # of an issue, as deep as the input, which is bounded
        types = [unwrap(field.annotation, field.info) for field in fields if step in accepted_names(field)]
        if types:
            type_ = _common(types)
        elif type_ is not None and is_container(type_.target):
            type_ = unwrap(items_of(type_.target)[-1])
        else:
            return None
        if type_ is None:
            return None
        fields = [field for member in members_of(type_.target) for field in fields_of(member) or ()]
    if path.rpartition(".")[2].isdigit():
        return None
    return type_


def _common(types: Sequence[FieldType]) -> FieldType | None:
    """Return the type that members of a union have under one name; None if they differ."""
    first = types[0]
    if all(type_.target == first.target and type_.title == first.title for type_ in types):
        return first
    return None


def _verb(type_: FieldType) -> str:
    """Return what is done with a control of a type; empty where there is not one word for it."""
    if type_.target is bool or is_container(type_.target) or fields_of(type_.target) is not None:
        return ""
    is_chosen = choices_of(type_) is not None or type_.widget in ("select", "radio", "submit")
    if is_chosen or type_.is_file or type_.form.get("options"):
        return "Choose"
    return "Enter"


def _request_for(label: str, verb: str) -> str:
    """Return the sentence that asks for a field; some labels say it all ("Repeat the password")."""
    if label.partition(" ")[0].lower() in _IMPERATIVES:
        return label
    return f"{verb} {_inside_a_sentence(label)}"


_IMPERATIVES: Final = frozenset({"choose", "confirm", "describe", "enter", "re-enter", "repeat", "retype", "select"})
"""First words of labels that are requests; not those that may be nouns ("Type", "Report")."""


def _inside_a_sentence(label: str) -> str:
    """Return a label with a small first letter, unless its first word has capitals anyway."""
    word = label.partition(" ")[0]
    if len(word) > 1 and word[1:].islower():
        return label[:1].lower() + label[1:]
    return label


def with_choices(issues: Sequence[Issue], patterns: Iterable[str], translate: Translate | None) -> Sequence[Issue]:
    """Return issues that say "Choose" in place of "Enter" of fields with choices of the page.

    Args:
        issues: The issues of the input.
        patterns: The paths of fields that the page offers choices for; ``lines.*.tags`` for all
            rows.
        translate: The hook that says a sentence in the visitor's language.
    """
    paths = [tuple(path.split(".")) for path in patterns]
    return [_of_choice(issue, paths, translate) for issue in issues]


def _is_offered(path: str, patterns: Sequence[Sequence[str]]) -> bool:
    """Return whether a page offers choices for a field, or for the list that an item is of."""
    steps = path.split(".")
    for pattern in patterns:  # as many as the page offers
        depth = len(pattern)
        is_item = len(steps) == depth + 1 and steps[-1].isdigit()
        if (is_item or len(steps) == depth) and all(map(_fits, steps, pattern)):
            return True
    return False


def _fits(step: str, pattern: str) -> bool:
    return step == pattern or (pattern == "*" and step.isdigit())


def _of_choice(issue: Issue, patterns: Sequence[Sequence[str]], translate: Translate | None) -> Issue:
    if not _is_offered(issue.path, patterns):
        return issue
    message = said_of_choices(issue.type, issue.message, issue.values)
    if message == issue.message:
        return issue
    if translate is not None:
        message = translate(issue.type, message, issue.values)
    return Issue(issue.path, message, issue.type, issue.values)
