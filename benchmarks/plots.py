"""Results as pictures: one bar for each candidate, the first one and ours in stronger colours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

OURS, FIRST, OTHERS = "#0b6e4f", "#4a4a4a", "#b0b7bf"


def bars(values: Mapping[str, float], title: str) -> Callable[[Path], None]:
    """A picture of some numbers, the same bytes for the same numbers."""

    def draw(file: Path) -> None:
        mpl.rcParams["svg.hashsalt"] = "sanic-actions"
        mpl.rcParams["svg.fonttype"] = "none"  # text stays text, in a font of the reader's
        figure = Figure(figsize=(7.5, 0.8 + 0.36 * len(values)), layout="constrained")
        axes = figure.subplots()
        drawn = axes.barh(list(values), list(values.values()), color=[_colour(name, values) for name in values])
        axes.bar_label(drawn, fmt="{:,.0f}", padding=4)
        axes.invert_yaxis()
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlim(0, max(values.values()) * 1.1)
        axes.xaxis.set_visible(False)
        axes.tick_params(left=False)
        axes.spines[:].set_visible(False)
        figure.patch.set_facecolor("white")
        figure.savefig(file, metadata={"Date": None})

    return draw


def _colour(name: str, values: Mapping[str, float]) -> str:
    if name.endswith("action"):
        return OURS
    return FIRST if name == next(iter(values)) else OTHERS
