"""``result.json``: what a method found, in one schema for all methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from logicjsc.core.errors import RunError
from logicjsc.core.files import is_plain_name
from logicjsc.core.run import Run
from logicjsc.dataset.metrics import Metrics


@dataclass(frozen=True)
class Found:
    """One network.

    Attributes:
        name: what it is called within the run.
        seed: of its start and draws.
        validation: its metrics on the validation samples, by which it was chosen.
        test: its metrics on the test samples, measured once; nothing is chosen by them.
        file: its netlist, relative to the run; empty if it was not kept, or is a checkpoint.
        netlist_digest: digest of that netlist.
        sizes: numbers that say how large it is, such as ``luts`` or ``parameters``.
        step: epoch, round or sweep that it was kept at.
        variant: which of several that one seed leads to, such as its wanted size; else empty.
    """

    name: str
    seed: int
    validation: Metrics
    test: Metrics
    file: str = ""
    netlist_digest: str = ""
    sizes: Mapping[str, float] = field(default_factory=dict)
    step: int = 0
    variant: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            **vars(self),
            "validation": self.validation.to_dict(),
            "test": self.test.to_dict(),
            "sizes": dict(self.sizes),
        }


@dataclass(frozen=True)
class Result:
    """What a method found.

    Attributes:
        method: its name.
        name: of the run.
        found: the networks.
        kept: place of the one that stands for the run, chosen by validation.
        steps: epochs, rounds or sweeps made.
        seconds: wall-clock time of the search.
        dataset: source and fingerprint of the samples.
        details: what only this method knows.
    """

    method: str
    name: str
    found: tuple[Found, ...]
    kept: int = 0
    steps: int = 0
    seconds: float = 0.0
    dataset: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Found:
        """The network that stands for the run."""
        return self.found[self.kept]

    def to_dict(self) -> dict[str, Any]:
        """For ``result.json`` and ``--json``; the kept network's test figures stand at the top."""
        best = self.best
        return {
            "method": self.method,
            "name": self.name,
            **best.test.to_dict(),
            "validation": best.validation.to_dict(),
            "best_step": best.step,
            "steps": self.steps,
            "seconds": self.seconds,
            "sizes": dict(best.sizes),
            "data": dict(self.dataset),
            "kept": self.kept,
            "found": [entry.to_dict() for entry in self.found],
            "details": dict(self.details),
        }


@dataclass(frozen=True)
class Recorded:
    """A finished run's result, read back.

    Attributes:
        values: contents of ``result.json``.
    """

    values: Mapping[str, Any]

    @classmethod
    def of(cls, run: Run) -> Recorded:
        """The result of a run.

        Raises:
            RunError: it is not finished, or its result is damaged.
        """
        values = run.result()
        if not _is_whole(values):
            raise RunError(
                f"{run.result_file} is damaged; write it again with logicjsc train --resume "
                f"{run.path}"
            )
        return cls(values)

    @property
    def fingerprint(self) -> str:
        """Of the run's three parts of samples."""
        return str(self.values["data"].get("fingerprint", ""))

    @property
    def found(self) -> list[dict[str, Any]]:
        """The networks, as `Found.to_dict` wrote them."""
        return list(self.values["found"])

    @property
    def best(self) -> dict[str, Any]:
        """The network that stands for the run."""
        found: dict[str, Any] = self.found[self.values["kept"]]
        return found

    def of_file(self, name: str) -> dict[str, Any] | None:
        """The network whose netlist is a file of the run."""
        return next((entry for entry in self.found if entry["file"] == name), None)


_OF_FOUND: Final = ("name", "seed", "validation", "test", "file", "netlist_digest", "variant")
"""What every network of a result says of itself, among others."""


def _is_whole(values: Mapping[str, Any]) -> bool:
    """Whether a result has what readers look for, in the shape that `Result.to_dict` gives it."""
    found, kept = values.get("found"), values.get("kept")
    if not isinstance(values.get("validation"), dict) or not isinstance(values.get("data"), dict):
        return False
    if not isinstance(found, list) or type(kept) is not int or not 0 <= kept < len(found):
        return False
    return all(
        isinstance(entry, dict)
        and all(key in entry for key in _OF_FOUND)
        and isinstance(entry["validation"], dict)
        and isinstance(entry["test"], dict)
        and all(isinstance(entry[key], str) for key in ("name", "file", "variant"))
        and (entry["file"] == "" or is_plain_name(entry["file"]))
        and type(entry["seed"]) is int
        for entry in found
    )
