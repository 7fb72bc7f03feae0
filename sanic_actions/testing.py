"""For tests of apps that define actions (``local``), and of services that call them (``Fake``).

Neither opens a socket, and neither needs pytest; the plugin offers both as fixtures. Importing this
loads neither Sanic nor pydantic.
"""

from __future__ import annotations

from ._door import no_more_names
from ._testing.app import AsgiApp
from ._testing.faked import Faked
from ._testing.fakes import Fake
from ._testing.in_process import local

TYPE_CHECKING = False
if not TYPE_CHECKING:  # or type checkers would accept any name of this module
    __getattr__ = no_more_names(__name__)

__all__ = ["AsgiApp", "Fake", "Faked", "local"]
