"""What ``logicjsc synth`` uses: Yosys, and a nextpnr for each family of devices."""

from __future__ import annotations

from typing import Final

from logicjsc.check.synth.fabric import back_end as generic_fabric
from logicjsc.check.synth.nextpnr import FAMILIES, Family
from logicjsc.check.synth.programs import find_nextpnr, find_yosys
from logicjsc.core.diagnosis import Found, Need, extra
from logicjsc.core.needs import found_tool


def _nextpnr(name: str, family: Family) -> Need:
    def look() -> Found:
        return found_tool(find_nextpnr(name, family.programs))

    return Need(f"nextpnr for {name}", "program", f"logicjsc synth --with {name}", look)


NEEDS: Final = (
    Need(
        "Yosys",
        "program",
        "logicjsc synth --with yosys-xcup, and all others",
        lambda: found_tool(find_yosys()),
    ),
    *(_nextpnr(name, family) for name, family in FAMILIES.items()),
    Need(
        "nextpnr-generic",
        "program",
        "logicjsc synth --with generic-fabric",
        lambda: found_tool(generic_fabric.find_program()),
    ),
    extra("synth", "Yosys and nextpnr from PyPI"),
)
