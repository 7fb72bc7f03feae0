"""Makes the hand-written client package, and those that are generated, importable by the modules of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
for packages in (TESTS / "client/packages", TESTS / "codegen/packages", TESTS / "codegen/cases"):
    if str(packages) not in sys.path:
        sys.path.insert(0, str(packages))
