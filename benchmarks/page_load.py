"""Pages with a form under wrk: CPU of the server for each, an action's beside one that is written by hand.

A post that leads to a page is followed by the request for that page, with the cookie that came along.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks._measure import Row, compare, table
from benchmarks.in_process import BAD_FORM, FORM
from benchmarks.load import Load, server

PARTS = {
    "Page with a whole form, untouched": {"by hand": ("/whole-by-hand", ""), "form()": ("/page-whole", "")},
    "Page with a whole form and a hidden value": {"by hand": ("/hidden-by-hand", ""), "form()": ("/page-hidden", "")},
    "Page with a whole form that edits": {"by hand": ("/edit-by-hand", ""), "form()": ("/page-edit", "")},
    "Page post, invalid, whole form": {
        "by hand": ("/whole-by-hand", BAD_FORM.decode()),
        "form()": ("/page-whole?_action=form", BAD_FORM.decode()),
    },
    "Page post, and the page after it": {
        "by hand": ("/page-by-hand", FORM.decode()),
        "action": ("/page?_action=form", FORM.decode()),
    },
}
"""Each with the path that is asked for, and the form that is posted to it."""

TWO_REQUESTS = "Page post, and the page after it"
REFUSED = "Page post, invalid, whole form"

SCRIPT = """
local path, body = %s, %s
local form = {["Content-Type"] = "application/x-www-form-urlencoded"}
local next_path, cookie = nil, nil
function request()
    if next_path then
        local page = wrk.format("GET", next_path, {["Cookie"] = cookie})
        next_path = nil
        return page
    elseif body == "" then
        return wrk.format("GET", path)
    end
    return wrk.format("POST", path, form, body)
end
function response(status, headers)
    if status == 303 then
        local location = headers["location"] or headers["Location"]
        if location:sub(1, 1) == "?" then location = path:gsub("%%?.*", "") .. location end
        next_path, cookie = location, (headers["set-cookie"] or ""):gsub(";.*", "")
    end
end
"""
"""One connection a thread, so that what ``response`` has seen belongs to the next ``request``."""


def measure(*, rounds: int = 4, seconds: int = 2) -> dict[str, list[Row]]:
    """Return the CPU of the server, in microseconds for each page."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing, the load tool of these measurements. Install it: apt-get install wrk")
    results = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pid, port = stack.enter_context(server("sanic"))
        for part, candidates in PARTS.items():
            loads = {}
            for name, (path, body) in candidates.items():
                script = folder / f"{len(list(folder.iterdir()))}.lua"
                script.write_text(SCRIPT % (_quoted(path), _quoted(body)))
                load = Load(pid, f"http://127.0.0.1:{port}", threads=4, connections=4)
                load.requests = 2 if part == TWO_REQUESTS else 1
                load.fails = part == REFUSED
                loads[name] = load.round(str(script), seconds)
            results[part] = compare(loads, rounds)
    return results


def _quoted(text: str) -> str:
    return f'"{text}"'


if __name__ == "__main__":
    for title, rows in measure().items():
        print(f"\n{title}\n\n{table(rows)}")
