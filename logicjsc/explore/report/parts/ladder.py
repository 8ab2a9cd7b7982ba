"""What was compared with what, and how often it differed."""

from __future__ import annotations

from collections.abc import Iterator

from logicjsc.explore.report.elements import Element, Facts, Note, Table
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject
from logicjsc.netlist import digest_of


def _make(subject: Subject) -> Iterator[Element]:
    verdict = subject.verdict
    if verdict is None:
        if subject.source.kind in {"run", "circuit", "library"}:
            yield Note(
                f"Missing: there is no verify.json; logicjsc verify {subject.source.path} "
                f"writes it.",
                missing=True,
            )
        return
    yield Facts(
        (
            ("outcome", "every rung holds" if verdict.ok else "it does NOT hold"),
            ("simulator or compiler", verdict.simulator),
            ("samples", f"{verdict.samples:,} of {verdict.sample_source}"),
            ("vectors simulated", verdict.vectors),
            ("mismatches", verdict.mismatches),
            *((("remark", verdict.remark),) if verdict.remark else ()),
        )
    )
    header = ("compared", "vectors", "mismatches", "tolerated", "holds", "seconds")
    rows = [
        [
            rung.name,
            rung.vectors,
            rung.mismatches,
            int(rung.tolerance * rung.vectors),
            rung.ok,
            f"{rung.seconds:.2f}",
        ]
        for rung in verdict.rungs
    ]
    yield Table("Rungs", header, rows)
    if verdict.netlist_digest != digest_of(subject.netlist):
        yield Note(
            f"Out of date: this is of netlist {verdict.netlist_digest[:16]}, which has changed "
            f"since; logicjsc verify {subject.source.path} does it again.",
            missing=True,
        )


PART = Part("ladder", "Verification", 100, _make)
