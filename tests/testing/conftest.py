"""Makes the hand-written client package importable by the modules of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGES = str(Path(__file__).parent.parent / "client/packages")
if PACKAGES not in sys.path:
    sys.path.insert(0, PACKAGES)
