"""The declaration of one action in a module and its stub: a method of its signature."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from .._definition_error import Problem
from .._entry import Entry
from .._files import UploadedFile
from .._types.annotations import generic_parts
from .._types.fields import Field, extras_type
from ._catalog import is_open
from ._class_source import free_name
from ._default_source import sent_default, shown_default
from ._docs import action_doc, documentation
from ._graph import TypeGraph, TypePlace, Unrenderable
from ._printer import NONE, Printer, RunTimePrinter, StubPrinter
from ._scope import Scope
from ._snippets import Snippet, indented, joined, snippet, when, wrapped
from ._text import is_name, literal, plain

RECEIVER: Final = Snippet("self")


class ActionDocs:
    """The docstrings of actions as lines of a body, each read once for the module and the stub."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Snippet]] = {}

    def __call__(self, entry: Entry) -> list[Snippet]:
        """Return the docstring of an action."""
        if entry.name not in self._lines:
            self._lines[entry.name] = indented(documentation(action_doc(entry)))
        return self._lines[entry.name]


class Declarations(ABC):
    """Writes the actions of one namespace.

    Attributes:
        problems: The actions that cannot be written, and why.
    """

    def __init__(self, graph: TypeGraph, scope: Scope, printer: type[Printer], docs: ActionDocs) -> None:
        self.graph = graph
        self.scope = scope
        self.input = printer(graph, scope)
        self.output = printer(graph, scope, is_written=True)
        self.docs = docs
        self.problems: list[Problem] = []

    def lines(self, name: str, entry: Entry) -> list[Snippet]:
        """Write an action."""
        decorator = self._attempt(entry, "raises", lambda: self._decorator(entry))
        parameters = self._parameters(entry)
        output = self._attempt(entry, "output", lambda: self._output(entry))
        signature = wrapped(f"def {name}(", parameters, snippet(") -> ", output, ":"))
        return [snippet("@", decorator), *self.marks(entry), *signature, *self.docs(entry)]

    @abstractmethod
    def marks(self, entry: Entry) -> list[Snippet]:
        """Return the decorators below the first one."""

    @abstractmethod
    def default(self, field: Field) -> Snippet:
        """Return the default of a parameter."""

    @abstractmethod
    def error(self, error: type) -> Snippet:
        """Return a declared error, as an argument of ``raises``."""

    def _attempt(self, entry: Entry, path: str, write: Callable[[], Snippet]) -> Snippet:
        """Return what ``write`` returns; if it fails, note the problem and return a placeholder.

        So all problems of all actions are reported at once. With a problem no file is written.
        """
        try:
            return write()
        except Unrenderable as error:
            self.problems.append(TypePlace(entry, path).located(error.problem))
            return NONE

    def _output(self, entry: Entry) -> Snippet:
        """Return the declared output: of a stream its item, of a download ``bytes``."""
        if entry.definition.is_download:
            return self.output.type(bytes)
        return self.output.type(entry.definition.output)

    def _decorator(self, entry: Entry) -> Snippet:
        arguments = [*map(self.error, entry.raises), *self.options(entry)]
        if entry.definition.is_stream:
            function = self.scope.client("stream")
        elif entry.definition.is_download:
            function = self.scope.client("download")
        elif entry.raises:
            function = self.scope.client("raises")
        else:
            function = self.scope.client("call")
            if not arguments:  # the only one that stands without parentheses too
                return function
        return snippet(function, "(", joined(", ", arguments), ")")

    def options(self, entry: Entry) -> list[Snippet]:
        """Return the keyword arguments of the decorator."""
        return [Snippet(f"{name}=True") for name in self._switches(entry)]

    def _switches(self, entry: Entry) -> list[str]:
        """Return the options that are on; see ``Options`` of the client."""
        action = entry.action
        names: list[str] = []
        if "json" not in action.accept:  # an action that accepts both is sent JSON
            names.append("form")
        if entry.name in self.graph.with_files:
            names = names or ["files"]  # `form` implies it
        if action.idempotent:
            names.append("idempotent")
        if action.once:
            names.append("once")
        return names

    def _parameters(self, entry: Entry) -> list[Snippet]:
        source = entry.definition.input
        if source is None:
            return [RECEIVER, Snippet("/")]
        if source.fields is None:
            type_ = self._attempt(entry, "input", lambda: self._bare(source.annotation))
            return [RECEIVER, snippet("input: ", type_), Snippet("/")]
        names = {field.name for field in source.fields}
        parameters: list[Snippet] = []
        for field in source.fields:
            path = f"input {field.name!r}"
            parameters.append(self._attempt(entry, path, partial(self._parameter, field)))
        if is_open(source):
            extras = self._attempt(entry, "input", lambda: self.input.type(extras_type(source.annotation)))
            parameters.append(snippet(f"**{free_name('extra', names)}: ", extras))
        # The receiver is positional-only, and gets another name if the input has a field "self".
        star = when(names, "*")  # keyword-only, so that callers do not depend on the order of fields
        return [Snippet(free_name("self", names)), Snippet("/"), *star, *parameters]

    def _bare(self, annotation: object) -> Snippet:
        if _holds_file(annotation):
            remedy = "Take it as a parameter, or as a field of the input model."
            raise Unrenderable("a file without a name cannot stand in a form.", remedy)
        return self.input.type(annotation)

    def _parameter(self, field: Field) -> Snippet:
        # In the body of class Blog, Python reads __size as _Blog__size.
        is_mangled = field.name.startswith("__") and not field.name.endswith("__")
        if is_mangled or not is_name(field.name):
            remedy = "Rename it; a field can keep its name in JSON as an alias."
            raise Unrenderable(f"{field.name!r} cannot be the name of a parameter.", remedy)
        parameter = snippet(f"{field.name}: ", self.input.field(field, field.annotation))
        if field.required:
            return parameter
        return snippet(parameter, " = ", self.default(field))


class RunTimeDeclarations(Declarations):
    """Writes declarations for modules, which load nothing before the first call.

    Attributes:
        hashes: The hash of each action's contract, by name.
    """

    def __init__(self, graph: TypeGraph, scope: Scope, docs: ActionDocs, hashes: Mapping[str, str]) -> None:
        super().__init__(graph, scope, RunTimePrinter, docs)
        self.hashes = hashes

    def options(self, entry: Entry) -> list[Snippet]:
        """Return the keyword arguments, with the hash of the contract that clients send."""
        options = super().options(entry)
        if entry.name in self.hashes:
            options.append(Snippet(f"contract={self.hashes[entry.name]!r}"))
        return options

    def marks(self, entry: Entry) -> list[Snippet]:
        """Return nothing: a deprecation is for checkers."""
        return []

    def default(self, field: Field) -> Snippet:
        """Return a literal or three dots; naming an enum would import its module."""
        return sent_default(field)

    def error(self, error: type) -> Snippet:
        """Return the name of the class as a string; naming the class would import its module."""
        name = self.output.type(error)
        return Snippet(repr(name.text), name.needs)


class StubDeclarations(Declarations):
    """Writes declarations for stubs, which checkers and editors read."""

    def __init__(self, graph: TypeGraph, scope: Scope, docs: ActionDocs) -> None:
        super().__init__(graph, scope, StubPrinter, docs)

    def marks(self, entry: Entry) -> list[Snippet]:
        """Return the deprecation."""
        reason = entry.definition.deprecated
        if not reason:
            return []
        function = self.scope.member("typing_extensions", "deprecated")
        return [snippet("@", function, f"({literal(plain(reason))})")]

    def default(self, field: Field) -> Snippet:
        """Return a literal or an enum's member."""
        return shown_default(field, self.graph, self.scope)

    def error(self, error: type) -> Snippet:
        """Return the class."""
        return self.output.type(error)


def _holds_file(annotation: object) -> bool:
    return annotation is UploadedFile or any(map(_holds_file, generic_parts(annotation)[1]))
