"""A visitor of a form without a script: what is typed, pressed and sent, and what an action gets of it."""

from __future__ import annotations

import re
from typing import Annotated, Any

import pydantic
from browser_form import Pair, parsed, sent
from pydantic import Field

from sanic_actions import InputError, define_action
from sanic_actions._forms.plan import FormPlan
from sanic_actions._wire import Codec
from sanic_actions.server._controls.form import form_fields, render_form


class Visitor:
    """Somebody at the form of ``it: annotation``, beside which ``gate`` has to be "ok".

    Args:
        annotation: The type of the field.
        default: What the field has without a value.
        values: What the page gives.
        options: Further options of the form.
    """

    def __init__(self, annotation: Any, default: Any = ..., *, values: object = None, **options: Any) -> None:
        fields: dict[str, Any] = {
            "it": (annotation, default),
            "gate": (Annotated[str, Field(pattern="^ok$")], ...),
        }
        model = pydantic.create_model("Input", **fields)

        async def handle(input: model) -> None: ...  # type: ignore[valid-type]  # made at run time

        self._action: Any = define_action(input=model, handler=handle, accept="form")
        definition: Any = self._action.definition
        self.plan: FormPlan[Any] = FormPlan(definition.input, Codec[Any](model))
        self._options = options
        self._show(values)

    def _show(self, values: object, issues: Any = ()) -> None:
        fields = form_fields(self._action, values=values, issues=issues, **self._options)
        markup = str(render_form(fields, name="take", url="?"))
        self.markup = re.sub(r"<template.*?</template>", "", markup, flags=re.DOTALL)
        self._pairs = [pair for pair in sent(self.markup) if pair[0]]
        self.issues = [(issue.path, issue.message) for issue in issues]

    @property
    def names(self) -> set[str]:
        """The names of all controls that can be seen."""
        elements = [element for element in parsed(self.markup).iter() if element.tag != "button"]
        return {element.get("name", "") for element in elements if element.get("type") != "hidden"} - {""}

    @property
    def sends(self) -> int:
        """How many controls would be sent."""
        return len(self._pairs)

    def holds(self, name: str) -> list[str]:
        """Return what would be sent under a name."""
        return [text for each, text in self._pairs if each == name]

    def enter(self, name: str, *texts: str) -> None:
        """Type into a control, choose in it, tick it; nothing to untick it."""
        assert name in self.names, f"{name} is not one of {self.names}"
        self._pairs = [pair for pair in self._pairs if pair[0] != name]
        self._pairs += [(name, text) for text in texts]

    def make_up(self, pairs: list[Pair]) -> None:
        """Hold what somebody sends who has made it by hand."""
        self._pairs = pairs

    def press(self, button: str, value: str) -> None:
        """Press a button that changes the form."""
        elements = parsed(self.markup).iter("button")
        assert (button, value) in [(element.get("name"), element.get("value")) for element in elements]
        self._show([*self._pairs, (button, value)])

    def send(self) -> Any:
        """Send the form, and return what an action gets; None and the form with messages if it is refused."""
        pairs: list[Pair] = self._pairs
        try:
            return self.plan.decode(pairs)
        except InputError as error:
            self._show(pairs, error.issues)
            return None

    def refused(self) -> list[str]:
        """Send the form with ``gate`` wrong, and return the messages at the other field."""
        assert self.send() is None
        return [f"{path}: {message}" for path, message in self.issues if path != "gate"]

    def accepted(self) -> Any:
        """Send the form with ``gate`` right, and return the value of the field."""
        self.enter("gate", "ok")
        value = self.send()
        assert value is not None, self.issues
        return value.it
