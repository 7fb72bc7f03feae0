"""Check that data is a contract before it is read as one: it may come from an unknown server.

Data that passes can be hashed and compared safely. All bounds are here: on nesting, because of
Python's stack, and on the fields and members that a comparison pairs, because that is quadratic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ._plain_data import Json

MAX_DEPTH: Final = 100
"""Types inside each other; a comparison takes five frames of Python's stack for each."""
MAX_PAIRS: Final = 2000
"""Fields of one class, and members of one union: a comparison may try all pairs."""
# Nine digits are far more than any version needs, and far fewer than take long to convert.
_VERSION: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){2}")
_DIGEST: Final = re.compile(r"[0-9a-f]{16}")


def check_lock(data: Any) -> None:
    """Check the data of a lock, or of a server's description of itself.

    Raises:
        ValueError: It is not a contract; the message says where it stops being one.
    """
    _require(isinstance(data, dict), "it", "an object")
    _name(data.get("app"), "app")
    _require(bool(_VERSION.fullmatch(str(data.get("version")))), "version", "three numbers")
    if "patch" in data:
        _digests([data["patch"]], "patch")
    for key, reason in _items(data.get("allowed", {}), "allowed"):
        _name(reason, f"allowed.{key}")
    for place in ("inputs", "outputs"):
        for name, description in _items(data.get(place), place):
            _class(description, f"{place}.{name}")
    for name, names in _items(data.get("modules", {}), "modules"):
        _names(names, f"modules.{name}")
    for name, action in _items(data.get("actions"), "actions"):
        _action(action, name)


def _action(action: Any, place: str) -> None:
    _require(isinstance(action, dict), place, "an object")
    _names(action.get("accept"), f"{place}.accept")
    for key in ("once", "stream", "idempotent", "ids"):
        _require(isinstance(action.get(key, False), bool), f"{place}.{key}", "true or false")
    _names(action.get("aliases", []), f"{place}.aliases")
    for key in ("serves", "works_with"):
        _digests(action.get(key, []), f"{place}.{key}")
    _digests([action.get("hash")], f"{place}.hash")
    _type(action.get("output"), f"{place}.output")
    for name, error in _items(action.get("errors"), f"{place}.errors"):
        _error(error, f"{place}.errors.{name}")
    source = action["input"]
    if source is not None:
        _input(source, f"{place}.input")


def _input(source: Any, place: str) -> None:
    _require(isinstance(source, dict), place, "an object or null")
    if "value" in source:
        _type(source["value"], place)
    else:
        _object(source, place)


def _error(error: Any, place: str) -> None:
    _require(isinstance(error, dict), place, "an object")
    _name(error.get("class"), f"{place}.class")
    _name(error.get("code"), f"{place}.code")
    _few_names(error.get("bases", []), f"{place}.bases")
    _fields(error.get("fields"), place)


def _class(description: Any, place: str) -> None:
    _require(isinstance(description, dict), place, "an object")
    check = _CLASSES.get(str(description.get("kind")))
    _require(check is not None, f"{place}.kind", f"one of {', '.join(_CLASSES)}")
    for key in ("bases", "positional"):
        _few_names(description.get(key, []), f"{place}.{key}")
    for key in ("frozen", "hashable", "ordered"):
        _require(isinstance(description.get(key, False), bool), f"{place}.{key}", "true or false")
    if check is not None:
        check(description, place)


def _enum(description: Json, place: str) -> None:
    _items(description.get("members"), f"{place}.members")


def _alias(description: Json, place: str) -> None:
    _type(description.get("type"), place)


def _named_tuple(description: Json, place: str) -> None:
    _names(description.get("names"), f"{place}.names")
    _types(description.get("tuple"), place, 0)
    _items(description.get("defaults", {}), f"{place}.defaults")
    _require(len(description["names"]) == len(description["tuple"]), place, "as many names as places")


def _object(description: Json, place: str) -> None:
    _fields(description.get("fields"), place)
    _items(description.get("config", {}), f"{place}.config")
    if description.get("extra") is not None:
        _type(description["extra"], f"{place}.extra")


_CLASSES: Final[Mapping[str, Callable[[Json, str], None]]] = {
    "model": _object,
    "dataclass": _object,
    "typed dict": _object,
    "enum": _enum,
    "flag": _enum,
    "named tuple": _named_tuple,
    "root model": _alias,
    "alias": _alias,
}
"""The check of each kind of class."""


def _fields(fields: Any, place: str) -> None:
    items = _items(fields, f"{place}.fields")
    _require(len(items) <= MAX_PAIRS, f"{place}.fields", f"{MAX_PAIRS} at most")
    for name, field in items:
        _field(field, f"{place}.{name}")


def _field(field: Any, place: str) -> None:
    _require(isinstance(field, dict), place, "an object")
    _type(field.get("type"), place)
    _name(field.get("alias", ""), f"{place}.alias")
    _items(field.get("default", {}), f"{place}.default")


# Types


def _type(description: Any, place: str, depth: int = 0) -> None:
    """Check a described type; ``_describer`` shows the kinds.

    The depth is checked before anything below is entered, which bounds the recursion.
    """
    _require(depth <= MAX_DEPTH, place, f"{MAX_DEPTH} types inside each other at most")
    if not isinstance(description, dict):
        _name(description, place)
        return
    kind = next((key for key in _KINDS if key in description), None)
    if kind is not None:
        _KINDS[kind](description, place, depth + 1)
        return
    _require(len(description) == 1, place, "a described type")
    ((name, content),) = description.items()
    _name(name, place)
    if isinstance(content, list):
        _types(content, place, depth + 1)
    else:
        _type(content, place, depth + 1)


def _types(descriptions: Any, place: str, depth: int) -> None:
    _require(isinstance(descriptions, list), place, "a list")
    _require(len(descriptions) <= MAX_PAIRS, place, f"{MAX_PAIRS} at most")
    for description in descriptions:
        _type(description, place, depth)


def _constrained(description: Json, place: str, depth: int) -> None:
    _items(description, place)
    _type(description["of"], place, depth)
    for key in ("accept", "url_allowed_schemes"):
        _names(description.get(key, []), f"{place}.{key}")


def _union(description: Json, place: str, depth: int) -> None:
    _types(description["union"], place, depth)
    _name(description.get("by", ""), f"{place}.by")
    _few_names(description.get("closed", []), f"{place}.closed")


def _new(description: Json, place: str, depth: int) -> None:
    _name(description["new"], place)
    _type(description.get("type"), place, depth)


def _literal(description: Json, place: str, depth: int) -> None:
    _require(isinstance(description["literal"], list), place, "a list")
    for value in description["literal"]:
        if isinstance(value, dict):
            _name(value.get("member", ""), place)


def _reference(description: Json, place: str, depth: int) -> None:
    _name(description["class"], place)


_KINDS: Final[Mapping[str, Callable[[Json, str, int], None]]] = {
    "of": _constrained,
    "union": _union,
    "new": _new,
    "literal": _literal,
    "class": _reference,
}
"""The check of each kind of type by its key; any other is a name with the types inside it."""


# Parts


def _require(is_right: bool, place: str, words: str) -> None:
    if not is_right:
        raise ValueError(f"{place!r} must be {words}")


def _name(name: Any, place: str) -> None:
    _require(isinstance(name, str), place, "a string")


def _names(names: Any, place: str) -> None:
    _require(isinstance(names, list), place, "a list")
    for name in names:
        _name(name, place)


def _few_names(names: Any, place: str) -> None:
    _names(names, place)
    _require(len(names) <= MAX_PAIRS, place, f"{MAX_PAIRS} at most")


def _items(mapping: Any, place: str) -> list[tuple[str, Any]]:
    _require(isinstance(mapping, dict), place, "an object")
    for key in mapping:
        _name(key, place)
    return list(mapping.items())


def _digests(digests: Any, place: str) -> None:
    _names(digests, place)
    _require(all(map(_DIGEST.fullmatch, digests)), place, "sixteen hexadecimal digits")
