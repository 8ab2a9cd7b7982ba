"""The verdict of a climb, as JSON and as rows of a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from logicjsc import __version__
from logicjsc.check.rung import Rung
from logicjsc.core.errors import DifferenceError, RunError
from logicjsc.core.files import write_text
from logicjsc.core.texts import read_json


@dataclass(frozen=True)
class Verdict:
    """All rungs of one climb.

    Attributes:
        subject: what was verified.
        netlist_digest: digest of its netlist.
        simulator: the simulator and its version; for C code the compiler.
        samples: test samples that were compared; 0 if there were none, and features were drawn.
        sample_source: where they come from.
        remark: what else to know about them.
        build_seconds: wall time of compiling the simulator.
        rungs: the comparisons.
    """

    subject: str
    netlist_digest: str
    simulator: str
    samples: int
    sample_source: str
    build_seconds: float
    rungs: tuple[Rung, ...]
    remark: str = ""

    @property
    def ok(self) -> bool:
        """Whether there are rungs and every one holds; an empty climb proves nothing."""
        return bool(self.rungs) and all(rung.ok for rung in self.rungs)

    @property
    def vectors(self) -> int:
        """Vectors that went through the simulated circuit."""
        return sum(rung.vectors for rung in self.rungs if rung.simulated)

    @property
    def mismatches(self) -> int:
        """Everything that differed, tolerated or not."""
        return sum(rung.mismatches for rung in self.rungs)

    def __repr__(self) -> str:
        outcome = "holds" if self.ok else "does NOT hold"
        return (
            f"Verdict({self.subject}: {outcome}, {len(self.rungs)} rungs, {self.vectors:,} vectors "
            f"simulated, {self.mismatches} mismatches)"
        )

    def refuse_differences(self) -> None:
        """Refuse a climb that did not hold.

        Raises:
            DifferenceError: names the first rung that does not hold.
        """
        for rung in self.rungs:
            if not rung.ok:
                raise DifferenceError(
                    f"{self.subject}: {rung.name} does not hold, {rung.mismatches:,} of "
                    f"{rung.vectors:,} differ" + (f" ({rung.detail})" if rung.detail else "")
                )
        if not self.rungs:
            raise DifferenceError(f"{self.subject}: nothing was compared")

    def to_dict(self) -> dict[str, Any]:
        """For ``verify.json`` and ``--json``."""
        return {
            "ok": self.ok,
            "logicjsc_version": __version__,
            "subject": self.subject,
            "netlist_digest": self.netlist_digest,
            "simulator": self.simulator,
            "samples": self.samples,
            "sample_source": self.sample_source,
            "remark": self.remark,
            "vectors": self.vectors,
            "mismatches": self.mismatches,
            "build_seconds": self.build_seconds,
            "rungs": [rung.to_dict() for rung in self.rungs],
        }

    @classmethod
    def read(cls, path: Path) -> Verdict:
        """Undo `write`.

        Raises:
            RunError: the file cannot be read, or is damaged.
        """
        try:
            saved = read_json(path)
            rungs = tuple(Rung(**_without(entry, "ok")) for entry in saved["rungs"])
            own = {entry.name: saved[entry.name] for entry in fields(cls)}
            verdict = cls(**{**own, "rungs": rungs})
            counts = [(rung.vectors, rung.mismatches) for rung in rungs]
            if not all(type(number) is int for pair in counts for number in pair):
                raise ValueError("a count is no whole number")
            if not all(isinstance(rung.tolerance, int | float) for rung in rungs):
                raise ValueError("a tolerance is no number")
        except OSError as error:
            raise RunError(f"cannot read {path}: {error.strerror}") from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RunError(
                f"{path} is damaged; write it again with logicjsc verify {path.parent}"
            ) from error
        return verdict

    def write(self, path: Path) -> None:
        """Write ``verify.json``."""
        write_text(path, json.dumps(self.to_dict(), indent=2) + "\n")


def _without(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}
