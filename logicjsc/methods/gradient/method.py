"""The gradient method: a quantised network learns, is exported to ONNX and tabulated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from logicjsc.core.errors import DataError, RunError
from logicjsc.core.files import sha256_of
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Schema
from logicjsc.methods.curves import Curve, column
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.files import FILES, GradientFiles
from logicjsc.methods.method import Asked, Method, Models, Step, refuse_absolute
from logicjsc.methods.result import Result

if TYPE_CHECKING:
    from logicjsc.dataset.metrics import Metrics
    from logicjsc.dataset.samples import Samples
    from logicjsc.methods.gradient.export import OnnxFormat
    from logicjsc.methods.gradient.report import EpochReport
    from logicjsc.netlist import Netlist


class Gradient(Method):
    """Trains a sparse quantised network by its gradient."""

    name = "gradient"
    title = "trains a sparse quantised network by its gradient"
    config = Config
    seed_keys: ClassVar[Mapping[str, str]] = {
        "training": "training.seed",
        "connectivity": "network.connectivity_seed",
        "split": "data.split_seed",
    }

    def find(self, asked: Asked, begin: Callable[[], Run], *, resume: bool) -> Result:
        """See `Method.find`."""
        from logicjsc.methods.gradient.loop import Trainer
        from logicjsc.methods.gradient.processes import from_first, joined

        config: Config = asked.config
        with joined(config.training.device) as processes:
            # Everything is built first: a mistake in config or samples leaves no run behind.
            trainer = Trainer(
                asked.run,
                config,
                asked.dataset,
                processes,
                jobs=asked.jobs,
                on_progress=asked.on_progress,
            )
            if resume:
                trainer.restore()
            else:
                trainer.begin()
                from_first(begin, processes)

            def on_epoch(report: EpochReport) -> None:
                asked.on_step(Step(report.epoch, report.validation_rank, report))
                remark = report.remark(trainer.choice)
                asked.on_progress(report.epoch, config.training.epochs, remark)

            if resume:
                for entry in GradientFiles(asked.run).read_metrics(trainer.epoch):
                    asked.on_step(Step(entry["epoch"], entry["validation_rank"], entry))
            found, details = trainer.fit(on_epoch)
            epochs = trainer.epoch
        return Result(self.name, asked.name, (found,), steps=epochs, details=details)

    def netlist(
        self, run: Run, on_progress: OnProgress = silent, address_limit: int | None = None
    ) -> Netlist:
        """See `Method.netlist`."""
        from logicjsc.frontend.onnx.tabulate import ONNX_DIGEST, tabulate_file
        from logicjsc.netlist import load_netlist, save_netlist

        onnx = self.fresh_onnx(run)
        if run.netlist_file.is_file():
            netlist = load_netlist(run.netlist_file)
            if netlist.provenance.get(ONNX_DIGEST) == sha256_of(onnx):
                return netlist
        netlist = tabulate_file(onnx, run.name, address_limit, on_progress)
        save_netlist(netlist, run.netlist_file)
        return netlist

    def fresh_onnx(self, run: Run) -> Path:
        """The run's ONNX model, exported unless the one there is of the same checkpoint."""
        from logicjsc.frontend.onnx.graph import load_onnx, metadata_of
        from logicjsc.methods.gradient import checkpoint
        from logicjsc.methods.gradient.export import export_onnx

        file = GradientFiles(run).onnx
        saved = checkpoint.load_model(run)
        if file.is_file():
            metadata = metadata_of(load_onnx(file))
            if metadata.get("checkpoint_digest") == saved.digest:
                return file
        export_onnx(saved, file, "qcdq")
        return file

    def scores(self, run: Run, samples: Samples) -> Array:
        """See `Method.scores`; of the checkpoint, through its own modules."""
        from logicjsc.methods.gradient import checkpoint
        from logicjsc.methods.gradient.evaluation import class_scores

        network = checkpoint.load_model(run).network
        if samples.features.shape[1] != _features_of(run):
            raise DataError(f"{run.path} was trained on other columns than {samples.source} has")
        return np.asarray(class_scores(network, samples).numpy())

    def metrics(self, run: Run, samples: Samples) -> Metrics:
        """See `Method.metrics`; of the checkpoint, through its own modules."""
        from logicjsc.methods.gradient import checkpoint
        from logicjsc.methods.gradient.evaluation import evaluate

        saved = checkpoint.load_model(run)
        known = saved.provenance.schema
        if known.feature_names != samples.feature_names or known.target != samples.target:
            raise DataError(f"{run.path} was trained on other columns than {samples.source} has")
        return evaluate(saved.network, samples, saved.thresholds)

    def models(self, run: Run) -> Models:
        """See `Method.models`."""
        import torch

        from logicjsc.methods.gradient import checkpoint
        from logicjsc.methods.gradient.network.network import SparseNetwork

        network = checkpoint.load_model(run).network
        if not isinstance(network, SparseNetwork):
            raise RunError(
                f"{run.path} holds a dense float network, which has no circuit to verify"
            )

        def output_codes(features: Array) -> Array:
            return np.asarray(network.output_codes(torch.from_numpy(features)).numpy())

        return Models(GradientFiles(run).onnx, output_codes)

    def describe(
        self, config: Config, schema: Schema | None
    ) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
        """See `Method.describe`."""
        if schema is None:
            hidden = "-".join(map(str, config.network.hidden))
            return {"network": config.network.kind, "hidden": hidden}, ()
        from logicjsc.methods.gradient.describe import network_facts, network_layers

        return network_facts(config, schema), network_layers(config, schema)

    def progress(self, run: Run, config: Config) -> dict[str, Any]:
        """See `Method.progress`."""
        finished = len(GradientFiles(run).read_metrics(config.training.epochs))
        return {"epochs": f"{finished} of {config.training.epochs}"}

    def curves(self, run: Run, config: Config) -> tuple[Curve, ...]:
        """See `Method.curves`."""
        from logicjsc.dataset.metrics import choice_of

        files = GradientFiles(run)
        epochs = files.read_metrics(config.training.epochs)
        if not epochs:
            return ()
        target = Provenance.from_dict(run.header().dataset).schema.target
        choice = choice_of(config.training.choose, target)
        sign = -1.0 if choice in {"loss", "error"} else 1.0
        figures = {
            key: column(epochs, key, files.metrics)
            for key in ("epoch", "training_loss", "validation_loss", "validation_rank")
        }
        losses = {
            "training": figures["training_loss"],
            "validation": figures["validation_loss"],
        }
        chosen = tuple(sign * rank for rank in figures["validation_rank"])
        curves = [Curve("loss", "epoch", figures["epoch"], "loss", losses)]
        if choice != "loss":
            lines = {"validation": chosen}
            curves.append(Curve(f"validation {choice}", "epoch", figures["epoch"], choice, lines))
        return tuple(curves)

    def makes_netlist(self, config: Config) -> bool:
        """See `Method.makes_netlist`; a dense float network has none."""
        return config.network.kind == "sparse"

    def files(self, config: Config, name: str) -> tuple[str, ...]:  # noqa: ARG002
        """See `Method.files`."""
        return FILES

    def without_paths(self, config: Config) -> Config:
        """See `Method.without_paths`."""
        named = {
            "teacher.run": config.teacher.run,
            "training.start_from": config.training.start_from,
        }
        for key, value in named.items():
            refuse_absolute(key, value)
        return config


def export_model(run: Run, out: Path | None = None, onnx_format: OnnxFormat = "qcdq") -> Path:
    """Write the ONNX model of a run; by default ``model.onnx`` (or ``model.qonnx.onnx``) in it."""
    from logicjsc.methods.gradient import checkpoint
    from logicjsc.methods.gradient.export import export_onnx

    default = GradientFiles(run).onnx
    target = out or (default if onnx_format == "qcdq" else default.with_suffix(".qonnx.onnx"))
    export_onnx(checkpoint.load_model(run), target, onnx_format)
    return target


def _features_of(run: Run) -> int:
    return len(Provenance.from_dict(run.header().dataset).schema.feature_names)


METHOD: Final = Gradient()
