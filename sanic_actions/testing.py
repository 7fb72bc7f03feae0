"""For tests of apps that define actions (``local``), and of services that call them (``Fake``).

Neither opens a socket, and neither needs pytest; the plugin offers both as fixtures. Importing this loads neither Sanic
nor pydantic.
"""

from __future__ import annotations

from ._testing.app import AsgiApp
from ._testing.faked import Faked
from ._testing.fakes import Fake
from ._testing.in_process import local

__all__ = ["AsgiApp", "Fake", "Faked", "local"]
