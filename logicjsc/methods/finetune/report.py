"""A netlist with better table contents, and what they are worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from logicjsc.core.progress import OnProgress, silent
from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.samples import Dataset, Samples
from logicjsc.methods.finetune.finetune import Sweep, finetune
from logicjsc.methods.finetune.search import CodedSamples, Rules
from logicjsc.netlist import Netlist, TableLayer, digest_of
from logicjsc.netlist.scoring import check_features, check_target, ends_of, metrics_of

FINETUNED_KEY: Final = "finetuned"
"""Provenance of a netlist whose tables are no longer those of the model it came from."""

_DRAW: Final = 0
"""Seed of the choice of training samples."""


@dataclass(frozen=True)
class FinetuneReport:
    """A fine-tuned netlist, and how it compares with the one it came from.

    Attributes:
        netlist: the result.
        rules: what was looked for.
        training_samples: training samples searched on.
        validation_samples: validation samples.
        sweeps: all sweeps, from 0, the netlist as it was.
        kept: number of the sweep that is kept.
        entries: table entries in which the result differs.
        table_rows: table entries of the netlist.
        before: metrics of the netlist as it was, on the test samples.
        after: metrics of the result, on the test samples.
        source: where the samples come from.
        fingerprint: of the three parts of the samples.
    """

    netlist: Netlist
    rules: Rules
    training_samples: int
    validation_samples: int
    sweeps: tuple[Sweep, ...]
    kept: int
    entries: int
    table_rows: int
    before: Metrics
    after: Metrics
    source: str
    fingerprint: str

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "netlist_digest": digest_of(self.netlist),
            **asdict(self.rules),
            "training_samples": self.training_samples,
            "validation_samples": self.validation_samples,
            "sweeps": [asdict(sweep) for sweep in self.sweeps],
            "kept": self.kept,
            "entries": self.entries,
            "table_rows": self.table_rows,
            "test": {"before": self.before.to_dict(), "after": self.after.to_dict()},
            "data": {"source": self.source, "fingerprint": self.fingerprint},
        }


def finetune_netlist(
    original: Netlist,
    dataset: Dataset,
    rules: Rules,
    *,
    samples: int,
    sweeps: int,
    on_progress: OnProgress = silent,
) -> FinetuneReport:
    """Fine-tune a netlist.

    Args:
        original: the netlist.
        dataset: training samples to search on, validation samples to choose by, test samples.
        rules: what is looked for.
        samples: the most training samples that are searched on; which, does not depend on chance.
        sweeps: the most sweeps over all tables.
        on_progress: told of the tables that were looked at.

    Raises:
        NetlistError: the netlist has no encoder and decoder.
        DataError: the samples have other features or another target.
    """
    check_features(original, dataset.train)
    check_target(original, dataset.train)
    training = _coded(original, dataset.train, samples)
    validation = _coded(original, dataset.validation, len(dataset.validation))

    def on_table(done: int, total: int, sweep: Sweep) -> None:
        remark = f"sweep {sweep.number}, validation loss {sweep.validation_loss:.4f}"
        on_progress(done, total, remark)

    found = finetune(original, training, validation, rules, sweeps=sweeps, on_table=on_table)
    note = (
        f"sweep {found.kept}, least gain {rules.least_gain:g}, error weight "
        f"{rules.error_weight:g}, {len(training.targets)} training samples of "
        f"{dataset.train.fingerprint()}"
    )
    netlist = replace(found.netlist, provenance={**original.provenance, FINETUNED_KEY: note})
    return FinetuneReport(
        netlist=netlist,
        rules=rules,
        training_samples=len(training.targets),
        validation_samples=len(validation.targets),
        sweeps=found.sweeps,
        kept=found.kept,
        entries=_changed_entries(original, netlist),
        table_rows=netlist.table_rows,
        before=metrics_of(original, dataset.test),
        after=metrics_of(netlist, dataset.test),
        source=dataset.source,
        fingerprint=dataset.fingerprint(),
    )


def _coded(netlist: Netlist, samples: Samples, most: int) -> CodedSamples:
    encoder, _ = ends_of(netlist)
    order = np.random.default_rng(_DRAW).permutation(len(samples))
    chosen = np.sort(order[:most])
    variance = 1.0
    if samples.target.kind == "value":
        variance = float(samples.targets.var(axis=0).mean()) or 1.0
    return CodedSamples(
        encoder.encode(samples.features[chosen]),
        samples.targets[chosen],
        samples.target,
        variance,
    )


def _changed_entries(before: Netlist, after: Netlist) -> int:
    return sum(
        int((old.tables != new.tables).sum())
        for old, new in zip(before.layers, after.layers, strict=True)
        if isinstance(old, TableLayer) and isinstance(new, TableLayer)
    )
