"""The main job, end to end: start the blog, generate its client, call it, check the callers.

Run it with ``nox -s demo``, or with ``python -m examples.tour`` where the dependencies are installed. Everything it
makes lies in a temporary folder. It exits with 1 as soon as something does not go as it should.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CALLERS = Path("examples/callers")


def main() -> None:
    """Walk through all steps."""
    with tempfile.TemporaryDirectory(prefix="sanic-actions-") as folder:
        tour(Path(folder))


def tour(folder: Path) -> None:
    """Serve, generate, call and check, with everything that is made in ``folder``."""
    blog_port, digest_port = free_port(), free_port()
    blog_url = f"http://127.0.0.1:{blog_port}"
    callers = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "ACTIONS_URL": blog_url, "BLOG_URL": blog_url}

    step(1, "Start the blog: a Sanic app with two workers and an SQLite file")
    command = ["-m", "sanic", "examples.blog.app:app", "--port", str(blog_port), "--workers", "2", "--no-access-logs"]
    with serving(command, {"BLOG_DB": str(folder / "blog.db")}, f"{blog_url}/_actions", folder / "blog.log"):
        step(2, "Generate its client package: models and signatures from the handlers' own types")
        run("-m", "sanic_actions", "generate", "examples.blog.app:app", "--out", str(folder))

        step(3, f"Call it from a script ({CALLERS / 'script.py'})")
        run(str(CALLERS / "script.py"), env=callers)

        step(4, f"Call it from another service ({CALLERS / 'service.py'}), which asks for several things at once")
        digest = f"http://127.0.0.1:{digest_port}/digest"
        with serving(
            [str(CALLERS / "service.py")], {**callers, "PORT": str(digest_port)}, digest, folder / "digest.log"
        ):
            say(f"GET /digest answers {fetch(digest)}")

    types = {"PYTHONPATH": "", "MYPYPATH": f"{folder}{os.pathsep}{ROOT}"}
    step(5, "Type-check both callers with mypy --strict")
    mypy(["script.py", "service.py"], types, expected=0)

    step(6, f"Type-check calls that are wrong ({CALLERS / 'wrong.py'}): none of them becomes a request")
    mypy(["wrong.py"], types, expected=1)
    print("\nThat was all of it: one definition, a served action, a typed client, a checked caller.")


def mypy(files: list[str], env: Mapping[str, str], *, expected: int) -> None:
    """Run mypy over callers; exit code 0 says that it found nothing, 1 that it found errors."""
    paths = [str(CALLERS / name) for name in files]
    run("-m", "mypy", "--strict", "--explicit-package-bases", "--no-error-summary", *paths, env=env, expected=expected)
    if expected == 0:
        say("no complaints")


def step(number: int, title: str) -> None:
    """Say what comes."""
    print(f"\n{number}. {title}", flush=True)


def say(text: str) -> None:
    """Say what happened."""
    print("".join(f"  {line.strip()}\n" for line in text.splitlines()), end="", flush=True)


def run(*arguments: str, env: Mapping[str, str] | None = None, expected: int = 0) -> None:
    """Run Python from the project's root, show what it prints, and insist on its exit code."""
    command = [sys.executable, *arguments]
    print(f"  $ python {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    say(done.stdout)
    if done.returncode != expected:
        sys.exit(f"  This should have ended with {expected}, but ended with {done.returncode}.")


@contextlib.contextmanager
def serving(arguments: list[str], env: Mapping[str, str], url: str, log: Path) -> Iterator[None]:
    """Keep a server running until the block ends; its first answer, whatever it is, says that it is up."""
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_for(server, url, log)
            say(f"it answers at {url}")
            yield
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Ask until there is an answer, for 30 seconds at most."""
    deadline = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            fetch(url)
            return
        time.sleep(0.1)
    sys.exit(f"The server did not start. It said:\n{log.read_text()}")


def fetch(url: str) -> str:
    """The body of a GET; an error status is an answer too."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # a URL of ours
            return str(answer.read(), "utf-8")
    except urllib.error.HTTPError as error:
        return str(error.read(), "utf-8")


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
