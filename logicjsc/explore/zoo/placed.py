"""A clock frequency from a report that ``logicjsc synth --json`` printed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from logicjsc.check.synth.parts import WHOLE
from logicjsc.core.errors import ConfigError
from logicjsc.core.texts import read_json
from logicjsc.explore.zoo.points import Placed


def read_placed(path: Path, digests: Collection[str]) -> Placed:
    """The highest frequency of the whole circuit, and its latency at that frequency.

    Args:
        path: the report.
        digests: of the netlists that stand for the network.

    Raises:
        ConfigError: it cannot be read, is of another network, or holds no frequency.
    """
    report = _read_report(path)
    try:
        digest = report["netlist_digest"]
        rows = [
            (row["fmax_mhz"], row["latency_cycles"], end)
            for end in report["back_ends"]
            for row in end["parts"]
            if row["part"] == WHOLE and row["fmax_mhz"] is not None
        ]
        if digest not in digests:
            raise ConfigError(f"{path} is a report of another netlist, {str(digest)[:12]}")
        if not rows:
            raise ConfigError(
                f"{path} holds no clock frequency; use logicjsc synth --with ecp5, gowin or vivado"
            )
        fmax, cycles, end = max(rows, key=lambda row: float(row[0]))
        tool = f"{end['name']}: {end['tool']}, {end['target']}"
        return Placed(tool, float(fmax), 1000 * int(cycles) / float(fmax))
    except (LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is no report of logicjsc synth --json ({error!r})") from error


def _read_report(path: Path) -> dict[str, Any]:
    try:
        report = read_json(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is no report in JSON ({error})") from error
    if not isinstance(report, dict):
        raise ConfigError(f"{path} is no report in JSON")
    return report
