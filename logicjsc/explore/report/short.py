"""The short form of a page: a table for terminals and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logicjsc.artefacts.describe import netlist_facts
from logicjsc.core.console.tables import metric_facts, result_text
from logicjsc.core.errors import DataError, LogicjscError
from logicjsc.core.run import Run
from logicjsc.dataset.provenance import Provenance
from logicjsc.explore.report.subject import Subject
from logicjsc.netlist import Netlist

_CIRCUIT = {"lut": "LUTs", "ff": "flip-flops", "latency_cycles": "clock cycles"}
_SIZES = ("inputs", "outputs", "nodes", "depth", "table_rows", "table_bits")


@dataclass(frozen=True)
class Short:
    """What there is to say in a few lines.

    Attributes:
        title: what it is of.
        rows: names and values for people.
        values: the same for programs.
    """

    title: str
    rows: tuple[tuple[str, Any], ...]
    values: Mapping[str, Any]


def short_of(subject: Subject, *, measure: bool = True) -> Short:
    """The short form of anything but a study.

    Args:
        subject: what it is about.
        measure: whether to measure, on its test samples, what has no recorded result.

    Raises:
        LogicjscError: it is damaged.
    """
    kind = subject.source.kind
    values: dict[str, Any] = {"path": str(subject.source.path), "kind": kind}
    if kind == "run":
        rows = list(_of_run(subject, values))
    elif kind == "point":
        rows = list(_of_point(subject, values))
    else:
        rows = list(rows_of_netlist(subject.netlist, values))
        circuit = subject.circuit
        if circuit is not None:
            manifest = circuit.manifest
            own = {"lut": manifest.lut, "ff": manifest.ff, "latency_cycles": circuit.latency_cycles}
            values |= own
            rows += [(_CIRCUIT[key], value) for key, value in own.items() if value is not None]
        if measure:
            rows += _measured(subject, values)
    rows += _verified(subject, values)
    return Short(f"{kind} {subject.name}", tuple(rows), values)


def short_of_netlist(netlist: Netlist) -> Short:
    """The short form of a netlist, wherever it lies."""
    values: dict[str, Any] = {"kind": "netlist"}
    rows = tuple(rows_of_netlist(netlist, values))
    return Short(f"netlist {netlist.name}", rows, values)


def rows_of_netlist(netlist: Netlist, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Rows about a netlist; the same is added to ``values``."""
    facts = netlist_facts(netlist)
    known = Provenance.in_netlist(netlist.provenance)
    values |= {"samples": facts["samples"], "netlist_digest": facts["digest"]}
    yield "samples", facts["samples"]
    if known is not None:
        yield from _target(known, values)
    for key in _SIZES:
        values[key] = facts[key]
        yield _words(key), facts[key]
    yield "digest of the netlist", facts["digest"]


def _of_run(subject: Subject, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    header, config, run = subject.header, subject.config, subject.run
    if header is None or config is None or run is None:
        return
    known = Provenance.from_dict(header.dataset)
    values |= {
        "method": header.method,
        "state": _state(header.state, run),
        "samples": known.source,
        "fingerprint": known.fingerprint,
    }
    yield "method", header.method
    yield "state", values["state"]
    if header.failure:
        values["failure"] = header.failure
        yield "failure", header.failure
    yield "samples", known.source
    yield from _target(known, values)
    try:
        for key, value in config.finder.progress(run, config.config).items():
            values[key] = value
            yield _words(key), value
        recorded = subject.recorded
    except LogicjscError as error:
        values["missing"] = str(error)
        yield "missing", str(error)
        return
    if recorded is None:
        return
    best = recorded.best
    values |= {
        "validation": best["validation"],
        "test": best["test"],
        "sizes": recorded.values["sizes"],
        "seconds": recorded.values.get("seconds"),
        "netlist_digest": best["netlist_digest"],
    }
    yield "validation", result_text(best["validation"])
    yield from ((f"test {name}", value) for name, value in metric_facts(best["test"]))
    yield from ((_words(key), value) for key, value in recorded.values["sizes"].items())


def _state(state: str, run: Run) -> str:
    """A state as people understand it; a run that was killed is still written to be running."""
    return "not finished" if state == "running" and not run.is_finished else state


def _of_point(subject: Subject, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    point = subject.point
    if point is None:
        return
    values |= {"title": point.header.title, "command": point.header.command}
    yield "title", point.header.title
    yield "found by", point.header.command
    yield from rows_of_netlist(subject.netlist, values)
    for name, tested in (("test", point.test), ("bundled", point.bundled)):
        if tested is not None:
            score = tested.score
            values[name] = {"samples_of": tested.samples_of, **score.to_dict()}
            low, value, high = (
                f"{score.scale * end:.5g}"
                for end in (score.interval[0], score.value, score.interval[1])
            )
            what = "error" if score.smaller_is_better else "accuracy"
            unit = "" if score.smaller_is_better else " %"
            yield f"{name} {what}", f"{value}{unit} (95 %: {low} to {high}{unit})"
            yield f"{name} on", f"{score.samples:,} samples, {tested.samples_of}"
    figures = point.figures
    values["figures"] = figures.to_dict()
    for name, area in (
        ("codes in, scores out", figures.core),
        ("words in, decision out", figures.whole),
    ):
        if area is not None:
            text = f"{area.lut:,} LUTs, {area.ff:,} flip-flops, {area.latency_cycles} clock cycles"
            yield name, text


def _target(known: Provenance, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    target = known.schema.target
    values["target"] = {"kind": target.kind, "names": list(target.names)}
    yield "target", f"{target.kind}: {', '.join(target.names)}"


def _measured(subject: Subject, values: dict[str, Any]) -> list[tuple[str, Any]]:
    try:
        metrics = subject.metrics.to_dict()
    except DataError as error:
        values["missing"] = str(error)
        return [("not measured", str(error))]
    except LogicjscError as error:
        values["missing"] = str(error)
        return [("missing", str(error))]
    values["test"] = metrics
    part = subject.samples.part
    return [(f"{part} {name}", value) for name, value in metric_facts(metrics)]


def _verified(subject: Subject, values: dict[str, Any]) -> list[tuple[str, Any]]:
    if not subject.source.path.is_dir() or subject.source.kind == "point":
        return []
    try:
        verdict = subject.verdict
    except LogicjscError as error:
        values["verification"] = {"missing": str(error)}
        return [("verification", str(error))]
    if verdict is None:
        values["verification"] = None
        return [("verification", "none yet")]
    values["verification"] = {
        "ok": verdict.ok,
        "rungs": len(verdict.rungs),
        "vectors": verdict.vectors,
        "mismatches": verdict.mismatches,
    }
    outcome = "every rung holds" if verdict.ok else "it does NOT hold"
    counts = (
        f"{len(verdict.rungs)} rungs, {verdict.vectors:,} vectors simulated, "
        f"{verdict.mismatches:,} mismatches"
    )
    return [("verification", f"{outcome}: {counts}")]


def _words(key: str) -> str:
    return key.replace("_", " ")
