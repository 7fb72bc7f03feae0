"""Give each schema a title of its own.

Client generators name classes by titles, and ignore case and underscores. Of two titles that are
the same to them they drop the second one, and every action that needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any


def tell_titles_apart(schemas: dict[str, Any], owners: Mapping[str, str]) -> None:
    """Give schemas that would be one class their own titles.

    Args:
        schemas: Schemas by their names; a model that is read otherwise than written has two.
        owners: The actions whose parameters a schema describes, by its name; being no class of
            the app, it gives way.
    """
    titles = Counter(schema.get("title") for schema in schemas.values())
    classes: set[str] = set()
    for name in sorted(schemas, key=lambda name: name in owners):  # in their order, classes first
        schema = schemas[name]
        title = schema.get("title", name)
        if name in owners:
            if _as_class(title) in classes:
                title = f"{owners[name].replace('.', '_')}Parameters"
        elif titles[title] > 1:
            title = name.replace("-", "")
        title = free_name(title, classes, _as_class)
        classes.add(_as_class(title))
        if title != schema.get("title", name):
            schema["title"] = title


def new_names(schemas: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    """Return the names with a number where a schema would be the same class."""
    classes = {_as_class(name) for name in schemas}
    classes |= {_as_class(schema["title"]) for schema in schemas.values() if "title" in schema}
    return tuple(free_name(name, classes, _as_class) for name in names)


def free_name(name: str, names: Collection[str], form: Callable[[str], str] = str) -> str:
    """Return a name with the first number that makes it new; there are no more than names."""
    candidate, number = name, 1
    while form(candidate) in names:
        number += 1
        candidate = f"{name}{number}"
    return candidate


def _as_class(title: str) -> str:
    """Return what generators do not tell apart."""
    return "".join(character for character in title if character.isalnum()).lower()
