"""Versions, seeds and digests: what must be equal for the same to come out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from logicjsc import __version__
from logicjsc.core.files import sha256_of
from logicjsc.explore.report.elements import Element, Facts, Table
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject
from logicjsc.netlist import digest_of


def _make(subject: Subject) -> Iterator[Element]:
    header, provenance = subject.header, subject.provenance
    rows: list[tuple[str, object]] = [("this page was written by logicjsc", __version__)]
    if header is not None:
        rows += [(f"trained with {name}", text) for name, text in header.versions.items()]
        rows += [(f"seed: {name}", str(seed)) for name, seed in header.seeds.items()]
    if subject.circuit is not None:
        rows.append(
            ("the circuit was written by logicjsc", subject.circuit.manifest.logicjsc_version)
        )
    if subject.point is not None:
        rows.append(("the point was written by logicjsc", subject.point.header.logicjsc_version))
    if provenance is not None:
        rows.append(("fingerprint of the samples", provenance.fingerprint))
    yield Facts(tuple(rows))
    files = [["/".join(file.parts[-1:]), sha256_of(file)] for file in _files(subject.source.path)]
    yield Table("SHA-256 of the files", ("file", "digest"), files, folded=True)
    yield Facts((("digest of what the netlist computes", digest_of(subject.netlist)),))


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(
        file for file in place.iterdir() if file.is_file() and not file.name.startswith(".")
    )


PART = Part("versions", "Versions and digests", 120, _make)
