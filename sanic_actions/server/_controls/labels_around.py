"""The labels of controls with messages, after those of the rows and groups around them.

"Row 2, SKU" says where a message in a summary belongs; "SKU" alone could be that of any row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .control import ControlOrGroup
from .place import Place


class LabelsAround:
    """The labels of rows and groups, noted while a form is filled in.

    Attributes:
        rows: The labels of rows and of values at keys, by path.
        groups: The labels of other groups, likewise.
    """

    __slots__ = ("groups", "rows")

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.groups: dict[str, str] = {}

    def in_full(
        self, placed: Mapping[str, ControlOrGroup], controls: Mapping[str, ControlOrGroup], elsewhere: Iterable[Place]
    ) -> dict[str, str]:
        """Return the label of each node that shows an issue, by path, after its rows' labels.

        Where several nodes that show issues have one label, those of the groups around them come
        first too.

        Args:
            placed: By the path of each issue, the node that shows it.
            controls: All nodes by their paths.
            elsewhere: The places of nodes with issues that are not among them.
        """
        labels = {path: _label_after(self.rows, path, node, controls) for path, node in placed.items()}
        if self.groups:
            around = {**self.groups, **self.rows}
            for path in _paths_of_one_label(labels, placed, elsewhere):
                labels[path] = _label_after(around, path, placed[path], controls)
        return labels


def _paths_of_one_label(
    labels: Mapping[str, str], placed: Mapping[str, ControlOrGroup], elsewhere: Iterable[Place]
) -> list[str]:
    """Return the paths of issues whose label is also that of another node with issues."""
    names: dict[str, set[str]] = {}
    for path, label in labels.items():  # no more than there are issues
        names.setdefault(label, set()).add(placed[path].name)
    for place in elsewhere:
        names.setdefault(str(place.label), set()).add(place.name)
    return [path for path, label in labels.items() if len(names[label]) > 1]


def _label_after(
    around: Mapping[str, str], path: str, node: ControlOrGroup, controls: Mapping[str, ControlOrGroup]
) -> str:
    """Return the label of a node after those of what is around it, outermost first."""
    labels = [node.label]
    while path:  # as deep as the input, which is bounded
        label = around.get(path)
        is_around = label is not None and controls.get(path) is not node
        if is_around and not labels[0].startswith(f"{label} "):  # a row of a row may say both numbers
            labels.insert(0, str(label))
        path = path.rpartition(".")[0]
    return ", ".join(labels)
