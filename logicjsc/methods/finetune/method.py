"""A netlist with better table contents from any artefact, and what they are worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.artefacts.circuit import OnProgress, build_netlist
from logicjsc.artefacts.measure import check_features, ends_of, netlist_scores
from logicjsc.artefacts.runs import data_of
from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import NetlistError
from logicjsc.dataset import Samples, Dataset, load_dataset
from logicjsc.dataset.metrics import Metrics, score_metrics
from logicjsc.methods.finetune import Rules, Sample, Sweep, refine
from logicjsc.methods.finetune.finetune import OnNode
from logicjsc.netlist import Netlist, TableLayer, digest_of, save_netlist

REFINED_KEY: Final = "refined"
"""Provenance of a netlist whose tables are no longer those of the model it came from."""

_DRAW: Final = 0
"""Seed of the choice of training jets."""


@dataclass(frozen=True)
class RefineReport:
    """A refined netlist, and how it compares with the one it came from.

    Attributes:
        netlist: the result.
        out: file written.
        rules: what was looked for.
        training_jets: training jets searched on.
        validation_jets: validation jets.
        sweeps: all sweeps, from 0, the netlist as it was.
        kept: number of the sweep that is kept.
        entries: table entries in which the result differs.
        table_rows: table entries of the netlist.
        before: metrics of the netlist as it was, on the test jets.
        after: metrics of the result, on the test jets.
        data: source, rule and fingerprint of the jets.
    """

    netlist: Netlist
    out: Path
    rules: Rules
    training_jets: int
    validation_jets: int
    sweeps: tuple[Sweep, ...]
    kept: int
    entries: int
    table_rows: int
    before: Metrics
    after: Metrics
    data: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "netlist": str(self.out),
            "netlist_digest": digest_of(self.netlist),
            **asdict(self.rules),
            "training_jets": self.training_jets,
            "validation_jets": self.validation_jets,
            "sweeps": [asdict(sweep) for sweep in self.sweeps],
            "kept": self.kept,
            "entries": self.entries,
            "table_rows": self.table_rows,
            "test": {"before": self.before.to_dict(), "after": self.after.to_dict()},
            "data": self.data,
        }


def refine_source(
    source: Source,
    out: Path | None,
    rules: Rules,
    *,
    jets: int,
    sweeps: int,
    data: Path | None = None,
    on_progress: OnProgress | None = None,
    on_node: OnNode = lambda *_: None,
) -> RefineReport:
    """Refine the netlist of a run, an ONNX model, a netlist file or a circuit, and write it.

    Args:
        source: where the netlist comes from.
        out: file to write; by default ``<name>-refined.npz`` in a run or beside anything else.
        rules: what is looked for.
        jets: the most training jets that are searched on; which, does not depend on chance.
        sweeps: the most sweeps over all tables.
        data: jets; by default those of the run, else the bundled sample.
        on_progress: called while tables are made.
        on_node: called while tables are improved.

    Raises:
        NetlistError: the netlist has no encoder and decoder.
        DataError: the jets have other features or classes, or cannot be read or divided.
    """
    original = build_netlist(source, None, on_progress)
    splits = _splits(source, data, original)
    training = _sample(original, splits.train, jets)
    validation = _sample(original, splits.validation, len(splits.validation))
    found = refine(original, training, validation, rules, sweeps=sweeps, on_node=on_node)
    note = (
        f"sweep {found.kept}, least gain {rules.least_gain:g}, error weight "
        f"{rules.error_weight:g}, {len(training.labels)} training jets of "
        f"{splits.train.fingerprint()}"
    )
    netlist = replace(found.netlist, provenance={**original.provenance, REFINED_KEY: note})
    target = out or source.netlist_beside("refined")
    save_netlist(netlist, target)
    return RefineReport(
        netlist=netlist,
        out=target,
        rules=rules,
        training_jets=len(training.labels),
        validation_jets=len(validation.labels),
        sweeps=found.sweeps,
        kept=found.kept,
        entries=_changed_entries(original, netlist),
        table_rows=netlist.table_rows,
        before=_test(original, splits.test),
        after=_test(netlist, splits.test),
        data=splits.provenance(),
    )


def _splits(source: Source, data: Path | None, netlist: Netlist) -> Dataset:
    _, decoder = ends_of(netlist)
    # A run's own way to divide: jets it was trained on must not become jets it is judged by.
    config = data_of(source)
    if data is not None:
        config = replace(config, path=str(data), train_jets=0)
    splits = load_dataset(config)
    check_features(netlist, splits.train)
    if decoder.class_names != splits.train.class_names:
        raise NetlistError(
            f"netlist {netlist.name!r} tells the classes {', '.join(decoder.class_names)} "
            f"apart, the jets of {splits.train.source} have {', '.join(splits.train.class_names)}"
        )
    return splits


def _sample(netlist: Netlist, jets: Samples, most: int) -> Sample:
    encoder, _ = ends_of(netlist)
    order = np.random.default_rng(_DRAW).permutation(len(jets))
    chosen = np.sort(order[:most])
    return Sample(encoder.encode(jets.features[chosen]), jets.labels[chosen])


def _changed_entries(before: Netlist, after: Netlist) -> int:
    return sum(
        int((old.tables != new.tables).sum())
        for old, new in zip(before.layers, after.layers, strict=True)
        if isinstance(old, TableLayer) and isinstance(new, TableLayer)
    )


def _test(netlist: Netlist, jets: Samples) -> Metrics:
    return score_metrics(netlist_scores(netlist, jets), jets.labels, jets.class_names)
