"""A netlist with everything that can be done with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logicjsc.api.circuits import Circuit, write
from logicjsc.api.display import html_table, short_html
from logicjsc.api.luts import Luts
from logicjsc.core.executor import Jobs
from logicjsc.core.progress import shown_progress
from logicjsc.dataset import Dataset, Samples
from logicjsc.dataset.metrics import Metrics
from logicjsc.dataset.samples import Array
from logicjsc.explore.report.short import short_of_netlist
from logicjsc.map.mapper import map_netlist
from logicjsc.map.simplify import simplify_netlist
from logicjsc.map.sums import Adders
from logicjsc.netlist import Netlist as Tables
from logicjsc.netlist import digest_of, evaluate, save_netlist
from logicjsc.netlist.scoring import codes_of, ends_of, metrics_of

if TYPE_CHECKING:
    from torch import nn

    from logicjsc.methods.finetune.report import FinetuneReport


class Netlist:
    """A network of truth tables and sums, from features to decisions.

    Args:
        tables: the netlist itself (`logicjsc.netlist.Netlist`), which holds numpy arrays only.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    @classmethod
    def load(cls, path: str | Path) -> Netlist:
        """A netlist from a file, a run, a circuit, or the name of a point of the zoo.

        Raises:
            LogicjscError: there is none.
        """
        from logicjsc.artefacts.netlists import netlist_of
        from logicjsc.artefacts.sources import identify

        return cls(netlist_of(identify(path)))

    @classmethod
    def from_model(cls, model: nn.Module, data: Dataset) -> Netlist:
        """The netlist of a network that was trained in a loop of your own.

        The way is the same as a run's: export to ONNX, then tables from running that model.

        Args:
            model: from `logicjsc.build_network`, trained.
            data: the samples it was built for; a threshold, if the target has one, is chosen on the
                validation samples.

        Raises:
            ConfigError: the model is another one.
            OnnxModelError: it cannot be tabulated.
        """
        from logicjsc.methods.gradient.export import netlist_of_network

        return cls(netlist_of_network(model, data))

    @property
    def name(self) -> str:
        """Name of the netlist."""
        return self.tables.name

    @property
    def digest(self) -> str:
        """SHA-256 of what it computes, in hexadecimal."""
        return digest_of(self.tables)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features."""
        return ends_of(self.tables)[0].feature_names

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of classes, labels or values."""
        return ends_of(self.tables)[1].class_names

    def scores(self, features: Any) -> Array:  # noqa: ANN401 - an array or a data frame
        """Scores of raw features ``[samples, features]``, float32 ``[samples, outputs]``.

        Columns of a data frame are taken by name. A category that no training sample had is none.

        Raises:
            DataError: features are missing or too many, or one is not finite in float32 or, of a
                bit, neither 0 nor 1; the message names row and column.
        """
        _, decoder = ends_of(self.tables)
        return decoder.decode(evaluate(self.tables, codes_of(self.tables, features)))

    def predict(self, features: Any) -> Array:  # noqa: ANN401 - an array or a data frame
        """What the circuit decides of raw features ``[samples, features]``.

        Returns:
            Names of classes, ``[samples]``, also of a binary target; 0 or 1 of labels,
            ``[samples, labels]``; values, ``[samples, values]``.

        Raises:
            DataError: see `scores`.
        """
        _, decoder = ends_of(self.tables)
        decided = decoder.decide(self.scores(features))
        if decoder.kind in {"classes", "binary"}:
            return np.array(decoder.class_names, object)[decided]
        return decided

    def metrics(self, samples: Samples) -> Metrics:
        """How well it fits samples."""
        return metrics_of(self.tables, samples)

    def simplify(self, effort: Literal["low", "medium", "high"] = "medium") -> Netlist:
        """A smaller netlist with the same outputs for every input that can occur."""
        return Netlist(simplify_netlist(self.tables, effort=effort).netlist)

    def finetune(self, data: Dataset, **options: Any) -> tuple[Netlist, FinetuneReport]:  # noqa: ANN401
        """Better table contents, found by local search on training samples; see its report.

        Args:
            data: samples.
            **options: ``error_weight``, ``least_gain``, ``address_bits``, ``samples``, ``sweeps``;
                see ``logicjsc finetune --help``.
        """
        from logicjsc.methods.finetune import Rules
        from logicjsc.methods.finetune.report import finetune_netlist

        rules = Rules(
            options.pop("error_weight", 4.0),
            options.pop("least_gain", 40.0),
            options.pop("address_bits", 24),
        )
        limits = {"samples": 200_000, "sweeps": 10} | options
        with shown_progress("fine-tuning") as update:
            report = finetune_netlist(self.tables, data, rules, on_progress=update, **limits)
        return Netlist(report.netlist), report

    def map(
        self,
        effort: Literal["low", "medium", "high"] = "medium",
        *,
        adders: Adders = "lut",
        jobs: Jobs | None = 1,
        seconds: float | None = None,
    ) -> Luts:
        """6-input LUTs, each table's proven equal to it.

        Args:
            effort: how hard to search.
            adders: sums as LUTs, on carry chains, or each in the way that takes fewer LUTs.
            jobs: processes, None for one per core, or an executor.
            seconds: of all searches together, about; the best found until then counts.

        Raises:
            ToolError: ABC is missing, failed, or gave a wrong network.
        """
        with shown_progress("mapping") as update:
            mapped = map_netlist(
                self.tables,
                effort=effort,
                adders=adders,
                jobs=jobs,
                on_progress=update,
                seconds=seconds,
            )
        return Luts(self.tables, mapped, adders, effort)

    def emit(self, out: str | Path, **options: Any) -> Circuit:  # noqa: ANN401 - see `circuits.write`
        """A circuit of truth tables; see `Luts.emit` for the options."""
        return write(self.tables, Path(out), None, "lut", options)

    def emit_c(self, out: str | Path, *, effort: str = "low") -> Path:
        """Bit-sliced C, and its folder."""
        from logicjsc.emit.c.export import export_c

        with shown_progress("mapping") as update:
            return export_c(self.tables, Path(out), effort=effort, on_progress=update).directory

    def save(self, path: str | Path) -> Path:
        """Write the netlist; the file's suffix is ``.npz``."""
        target = Path(path)
        save_netlist(self.tables, target)
        return target

    def renamed(self, name: str) -> Netlist:
        """The same under another name, from which names of modules come."""
        return Netlist(replace(self.tables, name=name))

    def __repr__(self) -> str:
        tables = self.tables
        nodes = tables.signals - tables.inputs
        return (
            f"Netlist({tables.name!r}: {tables.inputs} inputs, {nodes:,} nodes in {tables.depth} "
            f"stages, {tables.table_rows:,} table rows, {len(tables.outputs)} outputs)"
        )

    def _repr_html_(self) -> str:
        rows = [
            (layer.name, type(layer).__name__, layer.stage, layer.nodes, layer.fan_in)
            for layer in self.tables.layers
        ]
        header = ("layer", "kind", "stage", "nodes", "fan-in")
        return short_html(short_of_netlist(self.tables)) + html_table("layers", rows, header)
