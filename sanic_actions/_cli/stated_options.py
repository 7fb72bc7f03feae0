"""The arguments and options of commands, with the words that ``--help`` has for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

Argument = Annotated[
    str | None,
    Parameter(name="app", help="MODULE:APP, such as blog.app:app; by default what pyproject.toml says."),
]
Out = Annotated[str | None, Parameter(help="The folder that the package is in; by default the current one.")]
Package = Annotated[str | None, Parameter(help='The name of the package; by default "actions".')]
Share = Annotated[
    tuple[str, ...] | None,
    Parameter(
        name="--share",
        negative="",
        show_default=False,
        help="A module that the client imports instead of copying its types; may be repeated.",
    ),
]
Prefix = Annotated[str | None, Parameter(help="The path of the actions, for an app that serves several trees.")]
Host = Annotated[str | None, Parameter(help="The host of the actions, for an app that serves several trees.")]
Pyproject = Annotated[
    bool | None,
    Parameter(
        name="--pyproject",
        negative="",
        show_default=False,
        help="Write a pyproject.toml too, so that the package builds as a wheel.",
    ),
]
Oldest = Annotated[
    str | None, Parameter(name="--python", help="The oldest Python that the package is for; by default 3.11.")
]

LockFile = Annotated[
    Path | None, Parameter(name="--lock", help="The file of the app's lock; by default actions.lock.json.")
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class StatedOptions:
    """The options of the command line, which override those of pyproject.toml."""

    out: Out = None
    package: Package = None
    share: Share = None
    prefix: Prefix = None
    host: Host = None
    pyproject: Pyproject = None
    python: Oldest = None
    lock: LockFile = None

    def options(self) -> dict[str, object]:
        """Return the options that were given, by name."""
        options = asdict(self)
        if self.lock is not None:
            options["lock"] = self.lock.as_posix()
        return {name: value for name, value in options.items() if value is not None}


NOTHING_STATED: Final = StatedOptions()
