"""The lines that call an action in Python and with curl, with a sample or with what was tried."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from ..._auth import ApiKey, Bearer, SessionCookie
from ..._credential import Credential
from ..._definition import Input
from ..._forms.edits import EDITS
from ..._forms.names import ABOUT_FORM
from ...contract._notation import shown
from .._call.endpoint import Endpoint
from .._pages.page_query import Pair
from .._regeneration import configured_package
from .samples import Json, Sampler
from .typed_call import CallWriter

_OF_THE_PAGE: Final = {*ABOUT_FORM, *EDITS}
"""Controls of a page's form that are not part of the input."""


class CallLines:
    """Writes the calls of one action.

    Args:
        endpoint: The endpoint of the action.
        description: Its description, as ``Contract.as_json`` returns it.
        sampler: Makes the values that were not tried.
        text: The input that was tried as JSON, if there was one.
        fields: The controls of a form that was tried.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        description: Json,
        sampler: Sampler,
        *,
        text: str | None = None,
        fields: Sequence[Pair] = (),
    ) -> None:
        self._endpoint = endpoint
        self._description: Json | None = description["input"]
        self._sampler = sampler
        self._text = text
        self._fields = [pair for pair in fields if pair[0] not in _OF_THE_PAGE]

    @property
    def takes_nothing(self) -> bool:
        """Whether the action has no input."""
        return self._description is None

    @property
    def sample(self) -> Any:
        """A sample of the input, as JSON."""
        description = self._description or {}
        if "value" in description:
            return self._sampler.value(description["value"])
        return self._sampler.fields(description)

    # ---- Python

    @property
    def python(self) -> str:
        """The call as a Python caller writes it."""
        package = configured_package(Path.cwd())
        writer = CallWriter(package)
        arguments = ", ".join(self._arguments(self._endpoint.entry.definition.input, writer))
        call = f"actions.{self._endpoint.name}({arguments})"
        credentials = self._credentials()
        if credentials:
            call = f"actions = actions.with_options(headers={credentials!r})\n{call}"
        return f"{writer.imports}from {package} import actions\n\n{call}"

    def _arguments(self, source: Input | None, writer: CallWriter) -> Iterator[str]:
        description = self._description
        if source is None or description is None:
            return
        tried = self._tried()
        if source.fields is None or "value" in description:
            yield writer.argument(source.annotation, self.sample if tried is None else tried)
            return
        values = tried if isinstance(tried, dict) else {}
        for field in source.fields:
            field_description = description["fields"][field.name]
            key = field_description.get("alias", field.name)
            if key in values:
                yield f"{field.name}={writer.argument(field.annotation, values[key])}"
            elif not field_description.get("optional"):
                sample = self._sampler.value(field_description["type"])
                yield f"{field.name}={writer.argument(field.annotation, sample)}"

    def _tried(self) -> Any:
        """Return the JSON that was tried; for a form, the controls that hold one value each."""
        if self._text is not None:
            try:
                return json.loads(self._text)
            except (ValueError, RecursionError):
                return None
        if not self._fields:
            return None
        # A name that was sent twice is a list, which only the types could put together.
        counts = Counter(name for name, _ in self._fields)
        return {name: value for name, value in self._fields if counts[name] == 1}

    # ---- curl

    def curl(self, url: str) -> str:
        """Return the call as one writes it in a shell."""
        words = ["curl", url]
        for header, value in self._credentials().items():
            if header == "cookie":
                words += ["-b", value]
            else:
                words += ["-H", f"{header}: {value}"]
        if self._description is None:
            # Without a body, curl would send a GET.
            words += ["-X", "POST"]
        elif self._text is None and (self._fields or "json" not in self._endpoint.accepts):
            words += self._form()
        else:
            body = self._text
            if body is None:
                body = json.dumps(self.sample, ensure_ascii=False)
            # With --data, curl would take a body that begins with @ for the name of a file.
            words += ["-H", "content-type: application/json", "--data-raw", body]
        if self._endpoint.is_stream:
            words.append("-N")  # without it curl shows items when its buffer is full
        if self._endpoint.is_download:
            words += ["-O", "-J"]
        return shlex.join(words)

    def _credentials(self) -> dict[str, str]:
        """Return a header for each credential that a guard reads: of ``a | b``, that of ``a``."""
        headers: dict[str, str] = {}
        cookies: list[str] = []
        for guard in (*self._endpoint.entry.guards, *self._endpoint.entry.field_guards):
            if not isinstance(guard, Credential):
                continue
            part = next(guard.parts())
            if isinstance(part, Bearer):
                headers["authorization"] = "Bearer TOKEN"
            elif isinstance(part, ApiKey):
                headers[part.header] = "KEY"
            elif isinstance(part, SessionCookie):
                cookies.append(f"{part.name}=SESSION")
        if cookies:
            headers["cookie"] = "; ".join(cookies)
        return headers

    def _form(self) -> Iterator[str]:
        assert self._description is not None  # noqa: S101  # a form is the input
        # -F reads quotes, file names and options such as ;type= in a value. Only files may have
        # them.
        for control, value in self._fields:
            yield from ("--form-string", f"{control}={value}")
        for key, field in self._description.get("fields", {}).items():
            if field.get("optional"):
                continue
            name = field.get("alias", key)
            if _is_file(field["type"]):
                yield from ("-F", f"{name}=@file")
            elif not self._fields:
                for control, value in form_pairs(name, self._sampler.value(field["type"])):
                    yield from ("--form-string", f"{control}={value}")


def _is_file(description: Any) -> bool:
    if isinstance(description, dict) and "of" in description:
        description = description["of"]
    return shown(description).endswith("UploadedFile")


def form_pairs(name: str, value: object) -> Iterator[Pair]:
    """Yield the controls by which a form sends a sample: one for each value in it."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from form_pairs(f"{name}.{key}", member)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from form_pairs(f"{name}.{number}", item)
    elif isinstance(value, dict | list):
        yield "_action.empty", name
    elif value is None:
        yield "_action.null", name
    elif isinstance(value, bool):
        yield name, str(value).lower()
    else:
        yield name, str(value)
