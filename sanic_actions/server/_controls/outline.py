"""The form around its fields: its tag, the summary of errors, its legend and its buttons.

The part that does not depend on a request is written once. In most forms that is everything but the
URL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import NoneType
from typing import Final

from html5tagger import HTML

from ..._forms.markers import Marker
from .form_controls import FormFields, enctype_for
from .look import PLAIN
from .markup import attribute_text, element, quoted
from .pieces import EDITS, FILE, SUBMIT
from .words import SEND, UPLOAD, Word


def render_form(
    fields: FormFields,
    *,
    name: str | None,
    url: str,
    submit: object = None,
    legend: object = None,
    attributes: Mapping[str, object] | None = None,
) -> HTML:
    """Return the whole form: error summary, controls and a button, with marks for the script.

    Args:
        fields: Its controls.
        name: The dotted name of the action; None for a form that the script leaves alone.
        url: The URL that it is posted to.
        submit: The text of the button, or markup.
        legend: The text of a legend; its controls are then in a fieldset.
        attributes: Further attributes of the form element.
    """
    form = fields.written()
    if fields.is_plain and not attributes and type(submit) in _KEYS and type(legend) in _KEYS:
        rest, before, after = plain_outline(name, submit, legend, form.needs)
        tag = f"<form method=post action={quoted(url)}{rest}"
    else:
        tag = _tag(fields, name, url, attributes)
        before, after = _around(submit, legend, form.needs, fields.word, fields.css("submit"))
    summary = ""
    if fields.has_errors:
        summary = fields.summary(has_focus=form.has_focus)
    enter = enter_button(form.needs, form.button)
    return HTML(f"{tag}{fields.token_html()}{enter}{before}{summary}{form.markup}{after}</form>")


def enter_button(needs: frozenset[str], button: Marker | None) -> str:
    """Return a hidden button for Enter, if the form has buttons that only change it.

    Enter presses the first submit button of a form, and that must not be one that adds a row. If a
    field is the buttons that send the form, the hidden one sends the same as the first of them.
    """
    if EDITS not in needs:
        return ""
    if button is None:
        return "<button type=submit hidden></button>"
    name, value = button
    return element("button", {"type": "submit", "name": name, "value": value, "hidden": True})


_KEYS: Final = frozenset({str, NoneType})
"""The types of buttons and legends that are kept: markup would equal text like it."""


# Bounded, since a page may put the name of a record on its button.
@lru_cache(maxsize=512)
def plain_outline(
    name: str | None,
    submit: object,
    legend: object,
    needs: frozenset[str],
) -> tuple[str, str, str]:
    """Return the rest of the tag of a form, and the markup before and after its fields."""
    # Or a page in another encoding would send its forms in that one, to be refused.
    attributes = {"enctype": enctype_for(needs), "accept-charset": "utf-8", "data-sanic-action": name}
    return (f"{attribute_text(attributes)}>", *_around(submit, legend, needs, str, PLAIN.css("submit")))


def _around(
    submit: object, legend: object, needs: frozenset[str], word: Callable[[Word], str], css: str | None
) -> tuple[str, str]:
    """Return the markup around a form's fields: legend, progress of an upload, buttons."""
    before, after = "", ""
    if legend is not None:
        before += f"<fieldset>{element('legend', {}, legend)}"
        after = "</fieldset>"
    if FILE in needs:
        attributes = {"data-sanic-progress": True, "hidden": True, "aria-label": word(UPLOAD)}
        after += element("progress", attributes)
    if submit is not None or SUBMIT not in needs:
        label = word(SEND) if submit is None else submit
        after += element("button", {"type": "submit", "class": css}, label)
    return before, after


def _tag(fields: FormFields, name: str | None, url: str, attributes: Mapping[str, object] | None) -> str:
    library_attributes = {
        "method": "post",
        "action": url,
        "enctype": fields.enctype,
        "accept-charset": "utf-8",
        "data-sanic-action": name,
        **fields.script_words(),
        **(attributes or {}),
    }
    return f"<form{attribute_text(library_attributes)}>"
