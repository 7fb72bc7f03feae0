"""The HTML of the developer page: each action's facts, calls of it, and a form to try it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from html5tagger import HTML, Document, E

from ..._credential import Credential, label_of
from ..._definition import underlying_function
from ..._errors import STATUS, Issue
from ..._forms.kept_files import KeptUpload
from ..._limits import DEFAULTS
from ...contract._notation import shown, shown_default
from .._call.endpoint import Endpoint
from .._controls.form import form_fields, render_form
from .._pages.page_query import Pair
from .call_lines import CallLines
from .credentials import QUERY, labels_of
from .samples import Json, Sampler
from .shown_fields import shown_fields
from .trial_entrance import INPUT

_NOBODY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A call from the page and its answer.

    Attributes:
        name: The name of the action.
        status: The status that a caller would have got.
        body: The body of the answer: JSON, or nothing.
        fields: The controls that were sent; None if they must not be shown.
        issues: The issues of the input.
        uploads: The files that are kept until the form is sent again.
        is_changed: Whether a button has only changed the form, so that nothing ran.
        is_form: Whether it was sent as a form, not as JSON.
    """

    name: str
    status: int
    body: bytes
    fields: Sequence[Pair] | None
    issues: Sequence[Issue] = ()
    uploads: Sequence[KeptUpload] = ()
    is_changed: bool = False
    is_form: bool = False

    @property
    def text(self) -> str | None:
        """The input that was sent as JSON; None if there was none."""
        if self.is_form:
            return None
        return dict(self.fields or ()).get(INPUT)


class DeveloperPage:
    """Writes the page of a blueprint.

    Args:
        endpoints: The served actions by name.
        contract: Their description, as ``Contract.as_json`` returns it.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], contract: Json) -> None:
        self._endpoints = endpoints
        self._contract = contract
        self._sampler = Sampler(contract["inputs"])

    def html(
        self,
        app: str,
        base: str,
        prefix: str,
        trial: Trial | None = None,
        credentials: Mapping[str, str] = _NOBODY,
    ) -> str:
        """Return the page.

        Args:
            app: The name of the app.
            base: The scheme and host by which this request has come to the server.
            prefix: The path of the actions.
            trial: The call that was made from the page, if this answers one.
            credentials: The credentials that calls from the page send, by header.
        """
        # html5tagger escapes every text. HTML marks what is markup already: the style, and forms.
        page = Document(f"Actions of {app}", lang="en", _viewport=True)
        page.style(HTML(_STYLE))
        with page.main:
            page.h1(f"Actions of {app}")
            page.p(f"{len(self._endpoints)} at {prefix}. Only apps in debug mode show this page.")
            with page.nav(aria_label="Actions"), page.ul:
                for name in self._endpoints:
                    page.li(E.a(name, href=f"#{name}"))
            self._credentials(page, credentials)
            for name, endpoint in self._endpoints.items():
                result = trial if trial is not None and trial.name == name else None
                self._section(page, endpoint, base, prefix, result)
            self._types(page)
        return str(page)

    def _credentials(self, page: Any, credentials: Mapping[str, str]) -> None:
        labels = labels_of(self._endpoints.values())
        if not labels:
            return
        with page.section:
            page.h2("Who calls")
            page.p("Forms cannot send headers. What stands here is sent with the calls from this page.")
            with page.form(method="post", action=f"?{QUERY}=yes", class_="caller"):
                for header, label in labels.items():
                    with page.label:
                        value = credentials.get(header, "")
                        page(label).input(name=header, value=value, autocomplete="off", spellcheck="false")
                page.button("Use for calls")

    def _types(self, page: Any) -> None:
        classes = {**self._contract["inputs"], **self._contract["outputs"]}
        if not classes:
            return
        with page.section:
            page.h2("Types")
            with page.dl(class_="types"):
                for name, description in classes.items():
                    page.dt(E.code(name.rpartition(".")[2]))
                    for line in _members(description):
                        page.dd(line)

    def _section(self, page: Any, endpoint: Endpoint, base: str, prefix: str, trial: Trial | None) -> None:
        description = self._contract["actions"][endpoint.name]
        with page.section(id=endpoint.name):
            page.h2(endpoint.name)
            for paragraph in (endpoint.entry.definition.doc or "").split("\n\n"):
                page.p(paragraph)
            with page.dl:
                for term, details in self._facts(endpoint, description):
                    page.dt(term)
                    for detail in details:
                        page.dd(detail)
            # With what was tried, so that a call that worked here can be copied.
            lines = self._lines(endpoint, description, trial)
            page.h3("Call it")
            page.pre(E.code(lines.python))
            page.pre(E.code(lines.curl(f"{base}{prefix}/{quote(endpoint.name)}")))
            page.h3("Try it")
            if endpoint.is_stream:
                # Without scripts the page could show a stream only when it has ended, if it ever
                # does.
                page.p("A stream has no form here: its items arrive one by one, as the calls above show them.")
            else:
                _notes(page, endpoint)
                _forms(page, endpoint, lines, f"?try={quote(endpoint.name)}", trial)
            if trial is not None and not trial.is_changed:
                page.p(f"Status {trial.status}", role="status")
                if trial.body:
                    page.pre(E.code(json.dumps(json.loads(trial.body), ensure_ascii=False, indent=2)))

    def _facts(self, endpoint: Endpoint, description: Json) -> Iterator[tuple[str, Iterable[object]]]:
        entry = endpoint.entry
        yield "Takes", list(_inputs(description["input"]))
        gives = shown(description["output"])
        if description["stream"]:
            gives = f"a stream of {gives}"
        yield "Gives", [E.code(gives)]
        if entry.raises:
            yield "Errors", [E.code(e.__name__)(f" {STATUS[e._class_code or 'BAD_REQUEST']}") for e in entry.raises]
        yield "Guards", [", ".join(map(label_of, (*entry.guards, *entry.field_guards))) or "none"]
        yield "Encodings", [", ".join(description["accept"])]
        yield "Limits", [", ".join(_limits(endpoint))]
        if entry.action.once:
            yield "Repetition", ["runs once for each Idempotency-Key"]
        if entry.definition.deprecated is not None:
            yield "Deprecated", [entry.definition.deprecated or "yes"]
        yield "Defined in", [_place(endpoint)]

    def _lines(self, endpoint: Endpoint, description: Json, trial: Trial | None) -> CallLines:
        """Return the lines that call an action, with the last trial's input if it may be shown."""
        if trial is None or trial.fields is None:
            return CallLines(endpoint, description, self._sampler)
        if not trial.is_form:
            return CallLines(endpoint, description, self._sampler, text=trial.text)
        fields = shown_fields(endpoint, trial.fields)
        return CallLines(endpoint, description, self._sampler, fields=fields)


def _forms(page: Any, endpoint: Endpoint, lines: CallLines, url: str, trial: Trial | None) -> None:
    """Write a form for JSON, and one with fields if the action takes forms, as it was typed."""
    place = f"#{quote(endpoint.name)}"
    if lines.takes_nothing:
        with page.form(method="post", action=f"{url}{place}"):
            page.button("Call")
        return
    if "json" not in endpoint.accepts:
        page(_own_form(endpoint, f"{url}{place}", trial))
        return
    text = json.dumps(lines.sample, ensure_ascii=False, indent=2)
    if trial is not None and trial.text is not None:
        text = trial.text
    with page.form(method="post", action=f"{url}{place}"):
        with page.label:
            rows = min(12, text.count("\n") + 2)
            page("Input, as JSON").textarea(text, name=INPUT, rows=rows, spellcheck="false")
        page.button("Call")
    if endpoint.accepts_forms:
        form_trial = None
        if trial is not None and trial.is_form:
            form_trial = trial
        with page.details(open=form_trial is not None):
            page.summary("As a form")
            page(_own_form(endpoint, f"{url}&as=form{place}", form_trial))


def _notes(page: Any, endpoint: Endpoint) -> None:
    """Write the credentials that the action needs, and what the browser does with a file."""
    for guard in (*endpoint.entry.guards, *endpoint.entry.field_guards):
        if isinstance(guard, Credential):
            page.p(f"Needs {guard.needed}.")
    if endpoint.is_download:
        page.p("The answer is a file, which the browser saves.")


def _own_form(endpoint: Endpoint, url: str, trial: Trial | None) -> HTML:
    """Return the form with the action's fields and all that was typed, also after a success."""
    # The page has a form for each action, and fields of one name need ids of their own.
    prefix, translate = f"try-{endpoint.name}", endpoint.settings.hooks.translate
    if trial is None or not trial.fields:
        fields = form_fields(endpoint.entry.action, id=prefix, translate=translate)
    else:
        fields = form_fields(
            endpoint.entry.action,
            id=prefix,
            translate=translate,
            values=trial.fields,
            issues=trial.issues,
            uploads=trial.uploads,
        )
    submit = None if fields.has_buttons else "Call"
    return render_form(fields, name=None, url=url, submit=submit)


def _inputs(description: Json | None) -> Iterator[object]:
    if description is None:
        yield "nothing"
    elif "value" in description:
        yield E.code(shown(description["value"]))
    else:
        yield from _members(description)


def _members(description: Json) -> Iterator[object]:
    """Yield a line for each member or field of a class."""
    if "members" in description:
        for name, value in description["members"].items():
            yield E.code(f"{name} = {value!r}")
    elif "type" in description:
        yield E.code(shown(description["type"]))
    elif "tuple" in description:
        yield E.code(shown({"tuple": description["tuple"]}))
    for name, field in description.get("fields", {}).items():
        line = f"{name}: {shown(field['type'])}"
        if "default" in field:
            line += f" = {shown_default(field['default'])}"
        yield E.code(line)(_constraints(field["type"]))


def _limits(endpoint: Endpoint) -> Iterator[str]:
    limits = endpoint.limits
    # The size is always shown, as every action has that limit; the others only if they were set.
    yield f"body {limits.body:,} bytes"
    for name in ("fields", "files", "depth", "seconds", "concurrent", "rate"):
        limit = getattr(limits, name)
        if limit is not None and limit != getattr(DEFAULTS, name):
            yield f"{name} {limit}"


def _place(endpoint: Endpoint) -> str:
    # A decorator may be in another file: a developer looks for the function inside it.
    function = inspect.unwrap(underlying_function(endpoint.entry.action.handler))
    code = getattr(function, "__code__", None)
    if code is None:
        return f"{function.__module__}"
    return f"{code.co_filename}:{code.co_firstlineno}"


def _constraints(description: Any) -> str:
    if not isinstance(description, dict) or "of" not in description:
        return ""
    marks = [f"{name} {value}" for name, value in description.items() if name != "of"]
    return f"  ({', '.join(marks)})"


_STYLE: Final = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 50rem; margin: 0 auto; padding: 1rem }
nav ul { columns: 14rem; padding: 0; list-style: none }
section { border-top: 1px solid #8886; margin-top: 2rem; padding-top: 1rem }
h2, code, textarea { font-family: ui-monospace, monospace }
h2 { font-size: 1.25rem; overflow-wrap: anywhere } h3 { font-size: 1rem; margin: 1rem 0 .25rem }
dl { display: grid; grid-template-columns: 7rem 1fr; gap: .25rem 1rem; margin: 0 }
.types { grid-template-columns: minmax(7rem, max-content) 1fr }
dt { font-weight: 600; grid-column: 1 } dd { margin: 0; grid-column: 2; overflow-wrap: anywhere }
pre { margin: .25rem 0; padding: .5rem .75rem; background: #8882; border-radius: .25rem; white-space: pre-wrap;
  overflow-wrap: anywhere }
label, .caller input { display: block }
textarea { display: block; box-sizing: border-box; width: 100%; font-size: .9rem }
input, select, textarea, button { font-size: 1rem; padding: .25rem .5rem } button { margin-top: .5rem }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr } dd { grid-column: 1 } }
"""
