"""Where commands put what they make, unless they are told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DEFAULT_RUNS: Final = Path("runs")
DEFAULT_CIRCUITS: Final = Path("hw", "build")
DEFAULT_STUDIES: Final = Path("studies")
