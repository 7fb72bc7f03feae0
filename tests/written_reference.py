"""The parts of docs/reference that the code says: ``python tests/written_reference.py`` writes them into the pages.

A part stands between ``<!-- written: name -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Final

from sanic_actions import _messages, define_action
from sanic_actions._cli.client_options import ClientOptions
from sanic_actions._cli.commands import app as command_line
from sanic_actions._codes import STATUS
from sanic_actions._limits import DEFAULTS, Limits
from sanic_actions._options import UNSET
from sanic_actions.client import Client
from sanic_actions.server import ActionsBlueprint
from sanic_actions.server._controls import words

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PART = re.compile(r"(<!-- written: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WHOLE: Final = ("Action", "ApiKey", "Bearer", "SessionCookie")
"""Classes whose users make them and pass them on: their attributes are for the library."""
DOORS: Final = {
    "definitions": "sanic_actions",
    "server": "sanic_actions.server",
    "client": "sanic_actions.client",
    "codegen": "sanic_actions.codegen",
    "contract": "sanic_actions.contract",
    "testing": "sanic_actions.testing",
    "opentelemetry": "sanic_actions.opentelemetry",
}


def rows(head: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> str:
    """Return a table."""
    table = [head, tuple("---" for _ in head), *lines]
    return "\n" + "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in table) + "\n"


def _cell(text: str) -> str:
    """Return a text on the one line that a row of a table has."""
    return " ".join(text.split()).replace("|", "\\|")


def codes() -> str:
    """Return the codes with their statuses."""
    return rows(("code", "status"), ((f"`{code}`", str(status)) for code, status in STATUS.items()))


def issue_types() -> str:
    """Return the types of issues that have sentences of ours."""
    sentences = sorted(_messages._SENTENCES.items())
    return rows(("type", "sentence"), ((f"`{type_}`", shown(text)) for type_, text in sentences))


def shown(sentence: str) -> str:
    """Return a sentence with its numbers and units as a reader takes them."""
    return re.sub(r"\{(\w+):(\w+)\}", r"{\1} \2s", sentence)


def form_words() -> str:
    """Return the words that forms and the script bring."""
    values = (value for value in vars(words).values() if isinstance(value, words.Word))
    return rows(("type", "word"), ((f"`{word.type}`", word.english) for word in values))


def commands() -> str:
    """Return each command with its options."""
    names = sorted(name for name in command_line if not name.startswith("-"))
    return "".join(map(_command, names))


def _command(name: str) -> str:
    command = command_line[name]
    arguments = [argument for argument in command.assemble_argument_collection() if argument.names != ("*",)]
    places = [argument for argument in arguments if not argument.names[0].startswith("-")]
    usage = " ".join(_place(argument.names[0], argument.required) for argument in places)
    lines = []
    for argument in arguments:
        names = ", ".join(f"`{_place(word, True)}`" for word in argument.names)
        lines.append((names, f"{argument.parameter.help}{_choices(argument)}"))
    text = inspect.cleandoc(command.help)
    head = f"\n## {name}\n\n```text\nsanic-actions {name} {usage} [options]\n```\n\n{text}\n"
    return head + rows(("option", "what"), iter(lines))


def _place(name: str, required: bool) -> str:
    if name.startswith("-"):
        return name
    return name.upper() if required else f"[{name.upper()}]"


def _choices(argument: object) -> str:
    choices = argument.get_choices()  # type: ignore[attr-defined]  # cyclopts has no public name for its class
    if not choices:
        return ""
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}."


def configuration() -> str:
    """Return the keys of pyproject.toml."""
    source = inspect.getsource(ClientOptions)
    words = dict(re.findall(r"^    (\w+):[^\n]*\n    \"\"\"(.*?)\"\"\"", source, re.MULTILINE | re.DOTALL))
    words["package"] = "The name of the package."
    lines = []
    for field in fields(ClientOptions):
        default = "" if field.default in (None, MISSING) else f"`{_toml(field.default)}`"
        lines.append((f"`{field.name}`", words[field.name].replace("``", "`"), default))
    return rows(("key", "what", "by default"), iter(lines))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[]"
    return f'"{value}"'


def blueprint() -> str:
    """Return the settings of ``ActionsBlueprint``."""
    return _settings(ActionsBlueprint, ActionsBlueprint.__doc__)


def client_options() -> str:
    """Return the options of a client."""
    return _settings(Client, Client.__init__.__doc__)


def action_options() -> str:
    """Return the options of ``@action`` and ``define_action``."""
    words = {name: text for name, text in _arguments(define_action.__doc__).items() if name not in ("handler", "input")}
    return rows(("option", "what"), ((f"`{name}`", text) for name, text in words.items()))


def limits() -> str:
    """Return the fields of ``Limits``."""
    words = re.findall(
        r"^    (\w+): [^\n]*\n    \"\"\"(.*?)\"\"\"", inspect.getsource(Limits), re.MULTILINE | re.DOTALL
    )
    values = {field.name: getattr(DEFAULTS, field.name) for field in fields(DEFAULTS)}
    lines = (
        (f"`{name}`", " ".join(text.split()).replace("``", "`"), f"`{values[name]:_}`" if values[name] else "")
        for name, text in words
    )
    return rows(("limit", "what", "by default"), lines)


def _settings(function: Callable[..., object], docstring: str | None) -> str:
    """Return the parameters of a function with what its docstring says of them."""
    words = _arguments(docstring)
    lines = []
    for name, parameter in inspect.signature(function).parameters.items():
        default = f"`{parameter.default!r}`"
        if parameter.default in (parameter.empty, None, UNSET) or callable(parameter.default):
            default = ""
        lines.append((f"`{name}`", words[name], default))
    return rows(("setting", "what", "by default"), iter(lines))


def _arguments(docstring: str | None) -> dict[str, str]:
    """Return what a docstring says of each argument."""
    text = inspect.cleandoc(docstring or "").partition("Args:\n")[2].partition("\nRaises:")[0]
    words = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", text, re.MULTILINE | re.DOTALL)
    return {name: " ".join(sentence.split()).replace("``", "`") for name, sentence in words}


def _api(door: str) -> Callable[[], str]:
    def part() -> str:
        return "\n" + "\n".join(_directive(door, name) for name in _own_names(door)) + "\n\n"

    return part


def _directive(door: str, name: str) -> str:
    line = f"::: {DOORS[door]}.{name}"
    if name in WHOLE:
        return f"{line}\n    options:\n      members: false"
    return line


def _own_names(door: str) -> list[str]:
    """Return the public names of a door that no door before it has."""
    doors = list(DOORS)
    modules = [importlib.import_module(DOORS[name]) for name in doors[: doors.index(door) + 1]]
    earlier = {name for module in modules[:-1] for name in module.__all__}
    return sorted((name for name in modules[-1].__all__ if name not in earlier), key=str.lower)


PARTS: Final = {
    "codes": codes,
    "issue_types": issue_types,
    "form_words": form_words,
    "commands": commands,
    "configuration": configuration,
    "action_options": action_options,
    "limits": limits,
    "blueprint": blueprint,
    "client_options": client_options,
    **{door: _api(door) for door in DOORS},
}


def written(text: str) -> str:
    """Return a page with its parts as the code says them."""
    return PART.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}{match[3]}", text)


if __name__ == "__main__":
    for page in sorted(REFERENCE.glob("*.md")):
        page.write_text(written(page.read_text()))
