"""``manifest.json``: how a folder of re-created jets was made, enough to make it again.

It holds nothing that differs from one run to the next, such as a time or the number of processes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from logicjsc.core.errors import DataError, ToolNotFoundError
from logicjsc.core.files import write_text
from logicjsc.tasks.jets.generator import detector, processes
from logicjsc.tasks.jets.generator.shards import BATCH_EVENTS, PART_JETS, cannot_write

NAME: Final = "manifest.json"
_FORMAT: Final = 1
"""Raised whenever the same settings would give other jets."""

_PACKAGES: Final = ("pythia8mc", "numba", "numpy")
"""What jets depend on."""


@dataclass
class Manifest:
    """How jets were made.

    Attributes:
        jets: how many there are to be.
        seed: of all random numbers.
        settings: of PYTHIA, the detector and jet finding.
        versions: of packages that jets depend on.
        files: by name, what is known of each finished file: SHA-256, and by class the jets it
            holds, events tried and seeds of PYTHIA.
    """

    jets: int
    seed: int
    settings: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "what": "re-created jets; see docs/jets.md",
            "jets": self.jets,
            "seed": self.seed,
            "versions": self.versions,
            "settings": self.settings,
            "files": dict(sorted(self.files.items())),
        }

    def save(self, folder: Path) -> None:
        """Write it into ``folder``, atomically."""
        path = folder / NAME
        try:
            write_text(path, json.dumps(self.to_dict(), indent=2) + "\n")
        except OSError as error:
            raise cannot_write(path, error) from error


def current(jets: int, seed: int) -> Manifest:
    """The manifest of a run that begins now, without files.

    Raises:
        ToolNotFoundError: a package of the ``physics`` extra is missing.
    """
    from logicjsc.tasks.jets.generator import grooming
    from logicjsc.tasks.jets.generator import jets as finding

    settings = {
        "format": _FORMAT,
        "pythia": processes.settings(),
        "detector": detector.settings(),
        "jet": {
            "algorithm": "anti-kT",
            "radius": finding.RADIUS,
            "pt_range_gev": list(finding.PT_RANGE),
            "match": finding.MATCH,
            "mmdt_z_cut": grooming.Z_CUT,
        },
        "part_jets": PART_JETS,
        "batch_events": BATCH_EVENTS,
    }
    return Manifest(jets, seed, settings, {name: _version(name) for name in _PACKAGES})


def load(folder: Path) -> Manifest | None:
    """The manifest of ``folder``, if it has one.

    Raises:
        DataError: it is damaged.
    """
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error})") from error
    try:
        found = json.loads(text)
        return Manifest(
            int(found["jets"]),
            int(found["seed"]),
            dict(found["settings"]),
            dict(found["versions"]),
            dict(found["files"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged; remove the folder to generate jets anew") from error


def refuse_other(found: Manifest, wanted: Manifest, folder: Path) -> None:
    """Refuse to add jets to those of another run.

    Raises:
        DataError: seed, number, settings or versions differ.
    """
    for what, there, here in (
        ("seed", found.seed, wanted.seed),
        ("number of jets", found.jets, wanted.jets),
        *(
            (f"version of {name}", found.versions.get(name, "unknown"), here)
            for name, here in wanted.versions.items()
        ),
    ):
        if there != here:
            raise DataError(
                f"{folder} holds jets with another {what}, {there} instead of {here}; "
                "choose another --out or remove it"
            )
    if found.settings != json.loads(json.dumps(wanted.settings)):
        changed = sorted(
            key
            for key in found.settings.keys() | wanted.settings.keys()
            if found.settings.get(key) != wanted.settings.get(key)
        )
        raise DataError(
            f"{folder} holds jets made with other settings ({', '.join(changed)}); choose another "
            "--out or remove it"
        )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError as error:
        raise ToolNotFoundError(
            f"the Python package {name} is not installed; pip install logicjsc[physics]"
        ) from error
