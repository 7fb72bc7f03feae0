"""Makes the scripts that are served of their sources: ``nox -s script``, or this file, run as a program.

The minifier comes from npm, in one version, so that the same source gives the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SERVER = Path(__file__).parents[2] / "sanic_actions" / "server"
SOURCES = [SERVER / "client.js", SERVER / "client.forms.js", SERVER / "client.streams.js"]
MINIFIER = "terser@5.51.4"
COMPRESSION = "passes=3,ecma=2022,inline=1,hoist_funs=true,lhs_constants=false"
"""How functions and comparisons are written: as gzip makes least of them."""


def built_path(source: Path) -> Path:
    """Where the script stands that was made of a source."""
    return source.with_name(f"{source.stem}.min.js")


def first_line(source: Path) -> bytes:
    """The line by which a file that was made says of what."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return f"// Made of {source.name} by nox -s script; sha256 of the source: {digest}".encode()


def built_scripts(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """The scripts as they are to be served, below their first lines; the minifier is installed into a folder.

    Raises:
        FileNotFoundError: There is no npm.
        subprocess.CalledProcessError: npm could not install the minifier, or a source is not JavaScript.
        subprocess.TimeoutExpired: npm does not come to an end.
    """
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", MINIFIER]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=120)
    for source in SOURCES:
        # The tests ask for one function by its name.
        minify = ["node_modules/.bin/terser", str(source), "--module", "--compress", COMPRESSION]
        minify += ["--mangle", "reserved=[morph]"]
        body = subprocess.run(minify, cwd=folder, check=True, capture_output=True, timeout=120).stdout
        yield built_path(source), first_line(source) + b"\n" + body.strip() + b"\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for path, script in built_scripts(Path(folder)):
            path.write_bytes(script)
