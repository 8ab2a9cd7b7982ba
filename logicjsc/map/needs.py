"""What mapping to LUTs uses."""

from __future__ import annotations

from typing import Final

from logicjsc.core.diagnosis import Need, extra
from logicjsc.core.needs import found_tool
from logicjsc.map.abc import find_abc

NEEDS: Final = (
    Need(
        "ABC",
        "program",
        "logicjsc map, frontier and zoo, and circuits and C of LUTs",
        lambda: found_tool(find_abc()),
    ),
    extra("map", "a current ABC from PyPI"),
    extra("sat", "logicjsc simplify --effort high"),
)
