"""The call of an action as a Python caller writes it, with the classes that it names."""

from __future__ import annotations

import dataclasses
import enum
import pathlib
import sys
from typing import Any, Final

from pydantic import BaseModel, RootModel, TypeAdapter
from pydantic_core import to_json

from ..._files import UploadedFile
from ..._types.annotations import class_of, is_annotated
from ..._types.containers import is_named_tuple
from ..._types.fields import fields_of
from ..._types.scalars import scalar_of

_PLAIN: Final = (type(None), bool, int, float, str, bytes)

_LIBRARIES: Final = ("pydantic", "pydantic_core", "pydantic_extra_types")
"""The libraries whose classes a package has no copies of: callers import them as they are."""


class CallWriter:
    """Writes values as source, and notes the imports that the source needs.

    Args:
        package: The name of the client package, which has a copy of each class of the server.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._modules: set[str] = set()
        self._classes: set[str] = set()

    @property
    def imports(self) -> str:
        """The lines of import that a call needs beside that of its package."""
        lines = [f"import {module}\n" for module in sorted(self._modules)]
        if self._classes:
            lines.append(f"from {self._package}.models import {', '.join(sorted(self._classes))}\n")
        return "".join(lines)

    def argument(self, annotation: Any, sample: object) -> str:
        """Return the source of an argument of a declared type, from its JSON."""
        if is_annotated(annotation) or isinstance(annotation, type):
            target = class_of(annotation)[0]
            if isinstance(target, type) and issubclass(target, UploadedFile):
                self._modules.add("pathlib")
                return "pathlib.Path('file')"
        try:
            value = TypeAdapter(annotation).validate_json(to_json(sample))
        except Exception:  # a sample is a start: a validator of the app's own may refuse it, in any way
            return repr(sample)
        return self._source(value)

    def _source(self, value: Any) -> str:
        cls = type(value)
        scalar = scalar_of(cls)
        if cls in _PLAIN:
            text = repr(value)
        elif isinstance(value, enum.Enum):
            text = f"{self._name(cls)}({value.value!r})"
            if value.name in cls.__members__:
                text = f"{self._name(cls)}.{value.name}"
        elif isinstance(value, list | tuple | set | frozenset) and not is_named_tuple(cls):
            text = self._collection(value)
        elif cls is dict:
            text = "{" + ", ".join(f"{self._source(key)}: {self._source(item)}" for key, item in value.items()) + "}"
        elif isinstance(value, pathlib.PurePath):
            self._modules.add("pathlib")
            text = f"pathlib.Path({str(value)!r})"
        elif scalar is not None:
            text = self._scalar(value, scalar.source)
        else:
            text = self._instance(value)
        return text

    def _collection(self, value: Any) -> str:
        items = ", ".join(map(self._source, value))
        if isinstance(value, list):
            return f"[{items}]"
        if isinstance(value, tuple):
            return f"({items},)" if len(value) == 1 else f"({items})"
        if not value:
            return f"{type(value).__name__}()"
        if isinstance(value, frozenset):
            return f"frozenset({{{items}}})"
        return f"{{{items}}}"

    def _scalar(self, value: Any, source: str | None) -> str:
        match source:
            case "isoformat":
                arguments = f".fromisoformat({value.isoformat()!r})"
            case "parts":
                arguments = f"({value.days}, {value.seconds}, {value.microseconds})"
            case "number":
                arguments = f"({int(value)})"
            case _:
                arguments = f"({_text(value)!r})"
        return f"{self._name(type(value))}{arguments}"

    def _instance(self, value: Any) -> str:
        """Return a call that makes an object of a class from what it has been given."""
        name = self._name(type(value))
        if isinstance(value, RootModel):
            return f"{name}({self._source(value.root)})"
        fields = fields_of(type(value)) or ()
        keys = [field.name for field in fields]
        # Defaults are left out, as a caller would leave them out. Only a model knows which fields
        # it was given; of a dataclass the required ones are written.
        if isinstance(value, BaseModel):
            keys = [key for key in keys if key in value.model_fields_set]
        elif dataclasses.is_dataclass(value):
            keys = [field.name for field in fields if field.required]
        elif is_named_tuple(type(value)):
            keys = list(value._fields)
        return f"{name}({', '.join(f'{key}={self._source(getattr(value, key))}' for key in keys)})"

    def _name(self, cls: type) -> str:
        """Return the name of a class, and note where it is imported from."""
        library = cls.__module__.partition(".")[0]
        if cls.__module__ == "builtins":
            return cls.__name__
        if library in sys.stdlib_module_names or library in _LIBRARIES:
            # pydantic exports its types at the top, whatever private module defines them.
            module = library if library == "pydantic" else cls.__module__
            self._modules.add(module)
            return f"{module}.{cls.__qualname__}"
        # pydantic names a parametrized generic ``Page[int]``; the package has ``Page``.
        name = cls.__name__.partition("[")[0]
        self._classes.add(name)
        return name


def _text(value: Any) -> str:
    """Return the string from which a scalar is made; for a secret, the sample that it hides."""
    reveal = getattr(value, "get_secret_value", None)
    if reveal is not None:
        secret = reveal()
        return secret if isinstance(secret, str) else secret.decode()
    return str(value)
