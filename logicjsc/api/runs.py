"""Training from Python, and the runs that come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logicjsc.api.display import short_html
from logicjsc.api.netlists import Netlist
from logicjsc.artefacts.sources import Source
from logicjsc.check.verify import climb
from logicjsc.core.console.tables import result_text
from logicjsc.core.errors import ConfigError, RunError
from logicjsc.core.executor import Jobs
from logicjsc.core.places import DEFAULT_RUNS
from logicjsc.core.progress import shown_progress
from logicjsc.core.run import Run as RunFolder
from logicjsc.dataset import Dataset
from logicjsc.dataset.provenance import Provenance
from logicjsc.explore.report.short import short_of
from logicjsc.explore.report.subject import Subject
from logicjsc.methods.loading import (
    LoadedConfig,
    as_assignments,
    from_tables,
    load_config,
    resolve_config,
    with_settings,
)
from logicjsc.methods.method import find_method
from logicjsc.methods.result import Recorded
from logicjsc.methods.train import resume
from logicjsc.methods.train import train as make_run
from logicjsc.netlist import load_netlist

if TYPE_CHECKING:
    from torch import nn

    from logicjsc.check.verdict import Verdict


class Run:
    """What one method made of one config and one dataset.

    Args:
        path: the run's folder.

    Raises:
        RunError: there is none.
    """

    def __init__(self, path: str | Path) -> None:
        self.folder = RunFolder.open(Path(path))

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.folder.name

    @property
    def method(self) -> str:
        """Name of the method."""
        return self.folder.header().method

    @property
    def state(self) -> str:
        """``"running"``, ``"finished"`` or ``"failed"``."""
        return self.folder.header().state

    @property
    def config(self) -> LoadedConfig:
        """All settings."""
        return load_config(self.folder.config_file)

    @property
    def result(self) -> dict[str, Any]:
        """Contents of ``result.json``: metrics by part, sizes, seconds.

        Raises:
            RunError: the run is not finished.
        """
        return self.folder.result()

    def dataset(self) -> Dataset:
        """The samples that it was made from.

        Raises:
            DataError: they cannot be had, or have changed.
        """
        return Provenance.from_dict(self.folder.header().dataset).dataset()

    def netlist(self, name: str = "") -> Netlist:
        """The run's netlist, made if need be.

        Args:
            name: of several networks, the one of this name (see ``result["found"]``); by default
                the one that stands for the run.

        Raises:
            RunError: there is no such network, or it was not kept.
        """
        if not name:
            with shown_progress("tabulating") as update:
                return Netlist(find_method(self.method).netlist(self.folder, update))
        files = {entry["name"]: entry["file"] for entry in Recorded.of(self.folder).found}
        if not files.get(name):
            raise RunError(f"{self.path} keeps no netlist {name!r}; it has {', '.join(files)}")
        return Netlist(load_netlist(self.path / files[name]))

    def resume(self, dataset: Dataset | None = None, *, jobs: Jobs = 1) -> Run:
        """Continue an interrupted run, to the same bits as if it had never stopped."""
        with shown_progress("training") as update:
            resume(self.path, dataset, jobs=jobs, on_progress=update)
        return self

    def verify(self, circuit: str | Path | None = None) -> Verdict:
        """Compare the trained network, its ONNX model, its netlist and its circuit.

        Args:
            circuit: the circuit's folder; by default ``hw/build/<name>``.

        Raises:
            DifferenceError: something differs.
            CircuitError: there is no circuit, or it is another netlist's.
        """
        with shown_progress("verifying") as update:
            place = None if circuit is None else Path(circuit)
            verdict = climb(
                Source("run", self.path), place, None, lambda rung: update(0, 0, rung.name)
            )
        verdict.refuse_differences()
        return verdict

    def __repr__(self) -> str:
        state = self.state
        reached = f", test {result_text(self.result)}" if state == "finished" else ""
        return f"Run({str(self.path)!r}: {self.method}, {state}{reached})"

    def _repr_html_(self) -> str:
        return short_html(short_of(Subject(Source("run", self.path))))


def train(
    config: str | Path | Mapping[str, Any] | LoadedConfig | None = None,
    data: Dataset | None = None,
    out: str | Path | None = None,
    *,
    overwrite: bool = False,
    jobs: Jobs = 1,
    progress: bool = True,
    settings: Mapping[str, Any] | None = None,
) -> Run:
    """Find a network for samples, by whatever method the config names.

    Args:
        config: a config's file or name; its tables as a dictionary; or settings already read. None
            chooses a small network that suits the samples.
        data: samples; by default those that the config names.
        out: the run's folder; by default ``runs/<name>``.
        overwrite: replace a run that is already there.
        jobs: processes that may work at once, or an executor.
        progress: whether to show progress.
        settings: more settings by dotted key, such as ``{"training.epochs": 20}``; they win.

    Returns:
        The finished run.

    Raises:
        ConfigError: a setting is unknown or refused, or there are no samples.
        DataError: the samples cannot be read.
        RunError: there is a run at ``out``.
    """
    loaded = _loaded(config, data, dict(settings or {}))
    if data is not None:
        loaded = replace(loaded, config=replace(loaded.config, data=data.config))
    place = Path(out) if out is not None else DEFAULT_RUNS / loaded.name
    with shown_progress("training", shown=progress) as update:
        make_run(loaded, place, data, overwrite=overwrite, jobs=jobs, on_progress=update)
    return Run(place)


def build_network(
    config: str | Path | Mapping[str, Any] | LoadedConfig, data: Dataset
) -> nn.Module:
    """A fresh network of the gradient method, for a training loop of your own.

    It goes from raw features ``[samples, features]`` to scores ``[samples, outputs]``. Once it has
    learned, `Netlist.from_model` makes a netlist of it.

    Args:
        config: see `train`.
        data: the samples; scales and thresholds are fitted to the training samples.

    Raises:
        ConfigError: the config is of another method, or does not suit the samples.
    """
    from logicjsc.dataset import Scaler
    from logicjsc.methods.gradient.config import Config
    from logicjsc.methods.gradient.network import network

    settings = _loaded(config, data, {}).config
    if not isinstance(settings, Config):
        raise ConfigError("only method = 'gradient' has a network to train in a loop of your own")
    chosen = settings.network
    scaler = Scaler.fit(data.train, data.config.feature_bits, chosen.thresholds)
    return network.build_network(chosen, scaler, data.schema.target)


def _loaded(
    config: str | Path | Mapping[str, Any] | LoadedConfig | None,
    data: Dataset | None,
    settings: dict[str, Any],
) -> LoadedConfig:
    if isinstance(config, LoadedConfig):
        return with_settings(config, settings)
    if config is None:
        if data is None:
            raise ConfigError("train needs a config or samples, or both")
        from logicjsc.methods.gradient.suggest import suggested_config

        return suggested_config(data, as_assignments(settings))
    if isinstance(config, Mapping):
        plain = from_tables(_copied(config), source="train", name=str(config.get("name", "run")))
        return with_settings(plain, settings)
    return with_settings(load_config(resolve_config(str(config))), settings)


def _copied(tables: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy without the name, which is no setting."""
    return {
        key: _copied(value) if isinstance(value, Mapping) else value
        for key, value in tables.items()
        if key != "name"
    }
