"""Makes the controls of one form: ids, messages and what points to them, in one place for all kinds of controls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ..._errors import Issue
from .ask import Ask
from .control import Attribute, Control, Group, Option
from .values import Marks

Node = Control | Group
Attributes = dict[str, Attribute]


class Sheet:
    """The controls made so far.

    Attributes:
        controls: Controls and groups by field path.
        placed: By the path of each issue, the node that shows it.
    """

    def __init__(self, prefix: str, issues: Iterable[Issue]) -> None:
        self._prefix = prefix
        self._issues = [issue for issue in issues if issue.path]
        self._has_focus = False
        self.controls: dict[str, Node] = {}
        self.placed: dict[str, Node] = {}

    def control(
        self,
        ask: Ask,
        tag: Literal["input", "textarea", "select", "fieldset"],
        type: str,
        attributes: Mapping[str, Attribute],
        *,
        marks: Marks = (),
        options: Iterable[Option] = (),
        value: str = "",
    ) -> Control:
        """A control; the first one with a message takes the focus when the page has loaded."""
        errors = self._errors(ask, deep=True)
        made: Attributes = {} if tag in ("select", "textarea") else {"type": type}
        made |= {"name": ask.name, "id": self._id(ask), **attributes}
        made |= {"aria-invalid": "true"} if errors else {}
        made |= self._described(ask, errors)
        if errors and not self._has_focus:
            made["autofocus"] = self._has_focus = True
        control = Control(
            name=ask.name,
            id=self._id(ask),
            label=ask.label,
            help=ask.peeled.help,
            errors=errors,
            tag=tag,
            type=type,
            attributes=_overridden(made, ask.peeled.form),
            options=tuple(options),
            value=value,
            marks=marks,
        )
        self.controls[ask.path] = control
        self._place(ask, control, deep=True)
        return control

    def hidden(self, ask: Ask, pairs: Marks) -> Control:
        """Hidden controls; messages cannot be shown at them."""
        only = pairs[0][1] if len(pairs) == 1 and pairs[0][0] == ask.name else None
        control = Control(
            name=ask.name,
            id=self._id(ask),
            tag="input",
            type="hidden",
            attributes={} if only is None else {"type": "hidden", "name": ask.name, "value": only},
            value=only or "",
            marks=pairs if only is None else (),
        )
        self.controls[ask.path] = control
        return control

    def group(self, ask: Ask, members: Sequence[Node], marks: Marks) -> Group:
        """A group of controls made before."""
        errors = self._errors(ask, deep=False)
        attributes = {"id": self._id(ask), "class": "group", "tabindex": "-1", **self._described(ask, errors)}
        group = Group(
            name=ask.name,
            id=self._id(ask),
            label=ask.label,
            help=ask.peeled.help,
            errors=errors,
            marks=marks,
            controls=tuple(members),
            attributes=attributes,
        )
        if ask.path:
            self.controls[ask.path] = group
            self._place(ask, group, deep=False)
        return group

    def _id(self, ask: Ask) -> str:
        return re.sub(r"[\s.\[\]]+", "-", f"{self._prefix}-{ask.name}")

    def _described(self, ask: Ask, errors: Sequence[str]) -> Attributes:
        said = {"help": ask.peeled.help, "errors": errors}
        ids = " ".join(f"{self._id(ask)}-{part}" for part, text in said.items() if text)
        return {"aria-describedby": ids} if ids else {}

    def _errors(self, ask: Ask, *, deep: bool) -> tuple[str, ...]:
        return tuple(dict.fromkeys(i.message for i in self._issues if _concerns(i.path, ask.path, deep)))

    def _place(self, ask: Ask, node: Node, *, deep: bool) -> None:
        self.placed |= {i.path: node for i in self._issues if _concerns(i.path, ask.path, deep)}


def _concerns(issue: str, path: str, deep: bool) -> bool:
    return issue == path or (deep and issue.startswith(f"{path}."))


def _overridden(made: Attributes, form: Mapping[str, Any]) -> Attributes:
    """The attributes with those that the field itself asks for; None or False takes one away."""
    merged = made | {key: value for key, value in form.items() if key not in ("widget", "options")}
    return {key: v if v is True else str(v) for key, v in merged.items() if v is not None and v is not False}
