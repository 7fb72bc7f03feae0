"""The story of two repositories: publish, install, change, check, deploy in both orders, mend.

Run it with ``python -m examples.two_services``. It exits with 1 as soon as something does not go as it should.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from examples.tour import free_port, say, step, wait_for

from . import environments
from .environments import WHEELS

HERE: Final = Path(__file__).resolve().parent
PROJECT: Final = HERE.parents[1]
TIMEOUT: Final = 300
"""Seconds that one command may take; pip without a cache takes most."""
CHANGES: Final = (
    ("Field(ge=1)]", "Field(ge=1, le=100)]"),
    ('quantity: Quantity, note: str = "") ', 'quantity: Quantity, remark: str = "") '),
    ("note=note)", "note=remark)"),
    ("server = Namespace(orders=Namespace(place=place))", ""),
    (
        'app = Sanic("orders")',
        '@action\nasync def cancel(sku: str) -> None:\n    """Cancel an order."""\n\n\n'
        'server = Namespace(orders=Namespace(place=place, cancel=cancel))\n\napp = Sanic("orders")',
    ),
)
"""What the server's team changes: a narrower input, a renamed optional field, and an action more."""


class Repository:
    """A folder with its own environment, whose commands are shown and must end as they should."""

    def __init__(self, name: str, folder: Path) -> None:
        self.path = folder / name
        self.environment = folder / f"{name}-environment"
        self._shelf = folder / WHEELS
        shutil.copytree(HERE / name, self.path)
        execute(environments.create(self.environment), self.path)
        execute(["git", "init", "--quiet", "--initial-branch", "main"], self.path)
        self.commit("Begin")

    def commit(self, message: str) -> None:
        """Commit everything."""
        author = ["-c", "user.name=Team", "-c", "user.email=team@example.com"]
        execute(["git", "add", "."], self.path)
        execute(["git", *author, "commit", "--quiet", "--message", message], self.path)

    def install(self, *requirements: str) -> None:
        """Install something, ours from the folder of wheels."""
        print(f"  {self.path.name}$ pip install {' '.join(requirements)}", flush=True)
        execute(environments.install(self.environment, self._shelf, requirements), self.path)

    def publish(self, project: str) -> None:
        """Build a wheel of a folder, and put it where everybody installs from."""
        print(f"  {self.path.name}$ pip wheel {project}", flush=True)
        execute(environments.build(self.path / project, self._shelf, self.environment), self.path)

    def run(self, *words: str, expected: int = 0, **variables: str) -> str:
        """Run a program of the environment, show what it prints, and insist on its exit code."""
        print(f"  {self.path.name}$ {shlex.join(words)}", flush=True)
        program = str(self.environment / "bin" / words[0])
        output = execute([program, *words[1:]], self.path, expected, variables)
        say(output)
        return output

    def replace(self, path: str, *changes: tuple[str, str]) -> None:
        """Edit a file."""
        file = self.path / path
        text = file.read_text()
        for old, new in changes:
            if old not in text:
                sys.exit(f"  {file} does not hold {old!r}.")
            text = text.replace(old, new)
        file.write_text(text)

    @contextlib.contextmanager
    def serving(self, app: str) -> Iterator[str]:
        """Serve an app as it stands until the block ends."""
        port, log = free_port(), self.path.parent / f"server-{len(list(self.path.parent.glob('*.log')))}.log"
        command = [str(self.environment / "bin" / "sanic"), app, "--port", str(port), "--single-process"]
        with log.open("w") as output:
            server = subprocess.Popen(command, cwd=self.path, env=clean(), stdout=output, stderr=subprocess.STDOUT)
            try:
                url = f"http://127.0.0.1:{port}"
                wait_for(server, f"{url}/_actions/contract.json", log)
                yield url
            finally:
                server.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(15)
                server.kill()


def clean() -> dict[str, str]:
    """Return the environment variables of a machine that knows nothing of this one."""
    strange = ("PYTHON", "VIRTUAL_ENV", "MYPY", "ORDERS_", "GIT_")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
    return {**variables, "NO_COLOR": "1", "COLUMNS": "100"}


def execute(command: list[str], folder: Path, expected: int = 0, variables: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints; an exit code that is not the expected one ends the story."""
    process = subprocess.run(
        command,
        cwd=folder,
        env={**clean(), **(variables or {})},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT,
        check=False,
    )
    if process.returncode != expected:
        sys.exit(f"{process.stdout}\n{command} ended with {process.returncode}, not with {expected}.")
    return process.stdout


def story(folder: Path) -> None:
    """Tell it, with everything that is made in a folder."""
    step(1, "Two repositories, two environments, and one folder that stands for the package index")
    orders, billing = Repository("orders", folder), Repository("billing", folder)
    execute(environments.build(PROJECT, folder / WHEELS, orders.environment), folder)
    orders.install("sanic-actions[server]")

    step(2, "orders: keep the contract, generate the client package, publish it")
    orders.run("sanic-actions", "lock")
    orders.run("sanic-actions", "generate", "--quiet")
    orders.commit("Keep the contract, and generate its client")
    orders.publish("clients")

    step(3, "billing: install it, without Sanic; mypy and the server agree with every call")
    billing.install("orders-client==0.1.0", "sanic-actions[cli]", "mypy")
    billing.run("mypy", "billing")
    with orders.serving("orders.app:app") as before:
        billing.run("sanic-actions", "check", "--client", "orders_client", "--against", before)
        billing.run("python", "-m", "billing", ORDERS_CLIENT_URL=before)
        change(orders, billing, before)


def change(orders: Repository, billing: Repository, before: str) -> None:
    """Change the server, deploy both sides in both orders, and mend the caller."""
    step(4, "orders: narrow an input, rename an optional field, add an action; its check says whom that breaks")
    orders.replace("orders/app.py", *CHANGES)
    orders.run("sanic-actions", "check", "--against", "git:main", expected=1)

    step(5, "orders: it is meant, so say why; lock, generate and check are green again, and 0.2.0 is published")
    orders.run("sanic-actions", "lock", "--allow", "orders.place: billing moves to 0.2.0 this week")
    orders.run("sanic-actions", "generate", "--quiet")
    orders.run("sanic-actions", "check", "--against", "git:main")
    orders.publish("clients")

    with orders.serving("orders.app:app") as after:
        step(6, "Deploy the server first: the older client says that its note may be lost, and its CI is red")
        billing.run("python", "-m", "billing", ORDERS_CLIENT_URL=after)
        billing.run("sanic-actions", "check", "--client", "orders_client", "--against", after, expected=1)

        step(7, "billing: install the new package; mypy names the line, and it is mended")
        billing.install("orders-client==0.2.0")
        billing.run("mypy", "billing", expected=1)
        billing.replace("billing/__main__.py", ("note=", "remark="))
        billing.run("mypy", "billing")

        step(8, "Deploy the client first: the newer client says that the older server may drop its remark")
        billing.run("python", "-m", "billing", ORDERS_CLIENT_URL=before)

        step(9, "Both are new: nothing is said any more")
        billing.run("sanic-actions", "check", "--client", "orders_client", "--against", after)
        billing.run("python", "-m", "billing", ORDERS_CLIENT_URL=after)


def main() -> None:
    """Tell the story in the folder that is named, or in one that goes when it is told."""
    if len(sys.argv) > 1:
        story(Path(sys.argv[1]).resolve())
        return
    with tempfile.TemporaryDirectory(prefix="sanic-actions-") as folder:
        story(Path(folder))


if __name__ == "__main__":
    main()
