"""Makes the script that is served of its source: ``nox -s script``, or this file, run as a program.

The minifier comes from npm, in one version, so that the same source gives the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

SERVER = Path(__file__).parents[2] / "sanic_actions" / "server"
SOURCE = SERVER / "client.js"
BUILT = SERVER / "client.min.js"
MINIFIER = "terser@5.51.4"


def first_line(source: bytes) -> bytes:
    """The line by which a file that was made says of what."""
    return (
        b"// Made of client.js by nox -s script; sha256 of the source: " + hashlib.sha256(source).hexdigest().encode()
    )


def built_script(folder: Path) -> bytes:
    """The script as it is to be served, below its first line; the minifier is installed into a folder.

    Raises:
        FileNotFoundError: There is no npm.
        subprocess.CalledProcessError: npm could not install the minifier, or the source is not JavaScript.
        subprocess.TimeoutExpired: npm does not come to an end.
    """
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", MINIFIER]
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=120)
    # The tests ask for one function by its name.
    minify = ["node_modules/.bin/terser", str(SOURCE), "--module", "--compress", "passes=3,ecma=2022"]
    minify += ["--mangle", "reserved=[morph]"]
    body = subprocess.run(minify, cwd=folder, check=True, capture_output=True, timeout=120).stdout
    return first_line(SOURCE.read_bytes()) + b"\n" + body.strip() + b"\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        BUILT.write_bytes(built_script(Path(folder)))
