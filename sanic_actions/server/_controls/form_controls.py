"""The controls of one form: each by its path, all of them as markup, and their messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from html5tagger import HTML

from ..._errors import Issue
from ..._forms.tree import Pair
from .control import ControlOrGroup
from .filling import Filling
from .look import PLAIN, Look
from .markup import Rendered, attribute_text, by_keywords, element, hidden_inputs, linked_list
from .pieces import EDITS, FILE, SUBMIT, Anchor, WrittenForm, written_by_controls
from .words import OF_THE_SCRIPT, SEND, UPLOAD, Translate, Word

MULTIPART: Final = "multipart/form-data"

MakeControls = Callable[[], tuple[Sequence[ControlOrGroup], Filling]]
"""Makes the controls of a form: returns those at the top, and the filling of all."""


def enctype_for(needs: frozenset[str]) -> str:
    """Return the encoding of a form with these needs."""
    if FILE in needs:
        return MULTIPART
    return "application/x-www-form-urlencoded"


class FormFields(Rendered):
    """The controls of an action's input, in the order of its fields.

    Iterating gives what stands at the top: controls, and groups of controls for objects and lists.
    Indexing by field path gives any of them: ``fields["items.0.title"]``, or a ``ValueError``.
    Everything renders itself.

    Attributes:
        id: What the ids of all controls begin with.
    """

    __slots__ = ("_filled", "_form", "_issues", "_library_controls", "_look", "_make", "_translate", "_write", "id")

    def __init__(
        self,
        id: str,
        make: MakeControls,
        issues: Sequence[Issue],
        *,
        library_controls: Sequence[Pair] = (),
        look: Look = PLAIN,
        translate: Translate | None = None,
        write: Callable[[], WrittenForm] | None = None,
    ) -> None:
        self.id: str = id
        self._make = make
        self._write = write
        self._filled: tuple[Sequence[ControlOrGroup], Filling] | None = None
        self._form: WrittenForm | None = None
        self._issues = issues
        self._library_controls = library_controls
        self._look = look
        self._translate = translate

    @property
    def _controls(self) -> tuple[Sequence[ControlOrGroup], Filling]:
        """The controls, which are made when a page asks for one."""
        if self._filled is None:
            self._filled = self._make()
        return self._filled

    @property
    def _filling(self) -> Filling:
        return self._controls[1]

    def written(self) -> WrittenForm:
        """Return the markup of all controls, and what they need of the form around them."""
        if self._form is None:
            if self._write is None:
                self._form = written_by_controls(*self._controls)
            else:
                self._form = self._write()
        return self._form

    @property
    def form_errors(self) -> tuple[str, ...]:
        """The messages that belong to no control."""
        paths = self._filling.placed
        return tuple(dict.fromkeys(issue.message for issue in self._issues if issue.path not in paths))

    def __iter__(self) -> Iterator[ControlOrGroup]:
        return iter(self._controls[0])

    def __len__(self) -> int:
        return len(self._controls[0])

    def __contains__(self, path: str) -> bool:
        return path in self._filling.controls

    def __getitem__(self, path: str) -> ControlOrGroup:
        controls = self._filling.controls
        try:
            return controls[path]
        except KeyError:
            near = get_close_matches(str(path), controls, 1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(controls) or 'none'}."
            # Jinja shows nothing at all for a LookupError, a TypeError or an AttributeError.
            raise ValueError(f"There is no control {path!r} in this form. {remedy}") from None

    @property
    def has_errors(self) -> bool:
        """Whether there is anything to correct."""
        return bool(self._issues)

    @property
    def enctype(self) -> str:
        """How the form must be encoded: as multipart only if it has files."""
        return enctype_for(self.written().needs)

    @property
    def has_buttons(self) -> bool:
        """Whether a field of it is the buttons that send the form."""
        return SUBMIT in self.written().needs

    @property
    def has_edits(self) -> bool:
        """Whether it has buttons that change it and run nothing."""
        return EDITS in self.written().needs

    def __html__(self) -> str:
        return self.written().markup

    def token_html(self) -> HTML:
        """Return the hidden controls that tell a form sent twice, and one form from another."""
        return HTML(hidden_inputs(self._library_controls))

    def summary_html(self, **attributes: object) -> HTML:
        """Return all messages in one place, each a link to its control; empty without any."""
        if not self._issues:
            return HTML("")
        # A group that has the focus may not be an element of markup of one's own.
        has_focus = self.written().has_focus and self._filling.focused_group is None
        return self.summary(has_focus=has_focus, **attributes)

    def summary(self, *, has_focus: bool, **attributes: object) -> HTML:
        """Return the summary of a form with messages; ``has_focus`` if something has the focus."""
        css, anchors = self.css("summary"), self.written().anchors
        return HTML(summary_markup(self.id, css, self._issues, anchors, has_focus=has_focus, **attributes))

    def button_html(self, submit: object = None, **attributes: object) -> HTML:
        """Return the button that sends the form; none where a field of the form is its buttons."""
        if submit is None:
            if self.has_buttons:
                return HTML("")
            submit = self.word(SEND)
        return element("button", {"type": "submit", "class": self.css("submit"), **by_keywords(attributes)}, submit)

    def progress_html(self, **attributes: object) -> HTML:
        """Return what shows an upload's progress, for the script; empty without file controls."""
        if FILE not in self.written().needs:
            return HTML("")
        library_attributes = {"data-sanic-progress": True, "hidden": True, "aria-label": self.word(UPLOAD)}
        return element("progress", {**library_attributes, **by_keywords(attributes)})

    def words_html(self) -> HTML:
        """Return the attributes by which the script speaks as the hook does; else empty."""
        return HTML(attribute_text(self.script_words()))

    def script_words(self) -> dict[str, str]:
        """Return the script's own sentences by their attributes; none where they stay English."""
        attributes: dict[str, str] = {}
        for word in OF_THE_SCRIPT:
            sentence = self.word(word)
            if sentence != word.english:
                attributes[f"data-sanic-{word.type.replace('_', '-')}"] = sentence
        return attributes

    @property
    def is_plain(self) -> bool:
        """Whether its words and classes are those of the library."""
        return self._translate is None and self._look is PLAIN

    def css(self, part: str) -> str | None:
        """Return the class of a part of the form."""
        return self._look.css(part)

    def word(self, word: Word) -> str:
        """Return a word of the library in the visitor's language."""
        if self._translate is None:
            return str(word)
        return self._translate(word.type, word.english)


def summary_markup(
    prefix: str,
    css: str | None,
    issues: Iterable[Issue],
    anchors: Mapping[str, Anchor],
    *,
    has_focus: bool,
    **attributes: object,
) -> str:
    """Return all messages of a form in one place, each a link to its control.

    Args:
        prefix: What the ids of the form begin with.
        css: The class of the summary.
        issues: What was wrong.
        anchors: By the path of each issue, where it is shown.
        has_focus: Whether a control has the focus already.
        attributes: Further attributes of the summary.
    """
    tag = _summary_tag(f"{prefix}-summary", css, autofocus=not has_focus)
    if attributes:
        library_attributes = _summary_attributes(f"{prefix}-summary", css, autofocus=not has_focus)
        tag = f"<div{attribute_text({**library_attributes, **by_keywords(attributes)})}>"
    items: dict[tuple[str, str], None] = {}  # each once: a message of several fields that one control shows
    for issue in issues:
        anchor, text, target = anchors.get(issue.path), issue.message, ""
        if anchor is not None:
            target = f"#{anchor.id}"
            if anchor.label:
                text = f"{anchor.label}: {text}"
        items[target, text] = None
    return f"{tag}{linked_list(items)}</div>"


def _summary_attributes(id: str, css: str | None, *, autofocus: bool) -> dict[str, object]:
    return {"id": id, "class": css, "role": "alert", "tabindex": "-1", "autofocus": autofocus}


@lru_cache(maxsize=1024)
def _summary_tag(id: str, css: str | None, *, autofocus: bool) -> str:
    return f"<div{attribute_text(_summary_attributes(id, css, autofocus=autofocus))}>"
