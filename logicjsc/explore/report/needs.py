"""What reports use: plots inside a page."""

from __future__ import annotations

from typing import Final

from logicjsc.core.diagnosis import extra

NEEDS: Final = (extra("report", "logicjsc report --out: pages with plots"),)
