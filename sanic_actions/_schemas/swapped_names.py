"""Find fields that would be swapped if they were read both by their names and by their aliases."""

from __future__ import annotations

from .walk import Node, children


def has_crossed_names(schema: Node) -> bool:
    """Return whether a field has the name of another one as its alias.

    Read by names and by aliases, the two would be swapped.
    """
    pending = [schema]
    while pending:  # as many nodes as the schema has: children() follows no reference
        node = pending.pop()
        fields = node.get("fields")
        if isinstance(fields, dict):
            for name, field in fields.items():
                alias = _alias(field)
                if alias != name and alias in fields:
                    return True
        pending.extend(children(node))
    return False


def _alias(field: Node) -> str | None:
    alias = field.get("validation_alias", field.get("alias"))
    if isinstance(alias, str):
        return alias
    return None
