"""docs/performance.md: each figure on it comes from one run, which writes them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks._bars import BARS, PAIRS, bars, others
from benchmarks._report import Results, Section, page, results

PAGE = (Path(__file__).parents[1] / "docs" / "performance.md").read_text()
BLOCK = re.compile(r"(<!-- measured: \w+ -->\n).*?(<!-- end -->)", re.DOTALL)
UNITS = r"µs|us|ms|s|seconds?|minutes?|[kKMG]i?B|megabytes?|instructions|times|%|per cent"
FIGURES = re.compile(
    rf"\d[\d.,]*\s*(?:{UNITS})(?!\w)|\d\.\d|\b(?:half|halves|twice|thrice|thirds?|quarters?|fifths?|tenths?|percent)\b"
)


def outside_blocks(text: str) -> str:
    """Return what people wrote of a page."""
    return BLOCK.sub("", text)


def test_figures_stand_in_blocks_alone() -> None:
    """What no run writes holds no figure, which would be from another day."""
    assert FIGURES.findall(outside_blocks(PAGE)) == []


@pytest.mark.parametrize("text", ["takes 3 ms", "costs 10 µs", "by 17 %", "2.1 and more", "twice the CPU", "1 MiB"])
def test_figures_are_seen(text: str) -> None:
    """Each way to write a figure is one that the test above would refuse."""
    assert FIGURES.findall(text)


def test_a_run_leaves_nothing_of_an_earlier_one() -> None:
    """A block holds what this run has measured, and nothing when it has measured none of it."""
    first = page(PAGE, {"results": results([Section("JSON", "| old |")]), "bars": "| old |"})
    second = page(first, {"results": results([Section("Form", "| new |")])})

    assert "| old |" in first
    assert "| old |" not in second
    assert "### Form\n\n| new |" in second
    assert outside_blocks(first) == outside_blocks(second) == outside_blocks(PAGE)


def test_a_block_that_the_page_lacks_is_an_error() -> None:
    """What is measured has a place on the page."""
    with pytest.raises(SystemExit, match="no block for bars"):
        page("# Speed\n", {"bars": ""})


def test_bars_that_were_not_measured_say_so() -> None:
    """A run of some parts leaves the other bars open."""
    assert bars(Results([])).count("not measured in this run") == len(BARS)


@pytest.mark.parametrize(("ratio", "verdict"), [(1.05, "reached"), (1.046, "reached"), (1.044, "**missed**")])
def test_bars_are_judged_by_what_is_shown(ratio: float, verdict: str) -> None:
    """A bar is reached or missed by the figure that stands beside it."""
    section = Section("JSON, in process", "", {"ratio": {"action": ratio}})
    (line,) = (line for line in bars(Results([section])).splitlines() if "JSON call in process" in line)

    assert line.endswith(f"| {verdict} |")


def test_others_stand_where_they_belong() -> None:
    """Whoever is faster in this run stands among the faster, the largest difference first."""
    ratios = {"by hand, Sanic": 1.0, "action": 0.8, "FastAPI, uvicorn": 0.4, "Litestar, uvicorn": 0.79}
    text = others(Results([Section("Servers under wrk", "", {"ratio": ratios})]))
    faster, _, rest = text.partition("What is slower than ours")

    assert "| JSON call | a handler by hand | 1.25 |" in faster
    assert "| JSON call | FastAPI on uvicorn | 2.00 |" in rest
    assert "JSON call, Litestar on uvicorn" in rest.partition("Less than")[2]


def test_nobody_is_compared_twice() -> None:
    """Each pair of the comparison says what is compared with whom, once."""
    assert len({(pair.what, pair.other) for pair in PAIRS}) == len(PAIRS)
