"""What a run needs beside Python, fetched and built before it, so that nothing is fetched while it measures.

These are the page in Astro, of npm's packages, and the program that the package pyright fetches when it first runs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.page_load import ASTRO, node


def prepare() -> None:
    """Build the page in Astro anew, let pyright fetch its program, and say which tools are missing."""
    for tool in ("wrk", "valgrind"):
        if shutil.which(tool) is None:
            print(f"{tool} is missing: apt-get install {tool}")
    program = node()
    npm = next(Path(program).parents[1].glob("lib/node_modules/npm/bin/npm-cli.js"))
    subprocess.run([program, npm, "install", "--no-audit", "--no-fund"], cwd=ASTRO, check=True, timeout=600)
    subprocess.run([program, "node_modules/astro/bin/astro.mjs", "build"], cwd=ASTRO, check=True, timeout=300)
    subprocess.run([sys.executable, "-m", "pyright", "--version"], check=True, timeout=300)
