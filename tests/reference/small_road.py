"""Everything that one small run on a table leads to: model, netlist, circuit, C."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reference.small_tables import chosen, lamps, write_csv

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.dataset import DataConfig, load_dataset
from logicjsc.emit.c.export import export_c
from logicjsc.emit.verilog.export import export_verilog
from logicjsc.methods.loading import parse_config
from logicjsc.methods.train import train

CONFIG = """
[data]
path = "{path}"
target = "{target}"
split_seed = {split_seed}
[network]
hidden = [6]
input_bits = 2
bits = [2, 3]
fan_in = [3, 6]
[training]
epochs = 12
batch_size = 32
learning_rate = 0.02
device = "cpu"
"""


@dataclass(frozen=True)
class Places:
    """Where a run and what it leads to lie below one folder."""

    folder: Path

    @property
    def run(self):
        return self.folder / "run"

    @property
    def onnx(self):
        return self.run / "model.onnx"

    @property
    def netlist(self):
        return self.run / "netlist.npz"

    @property
    def circuit(self):
        return self.folder / "circuit"

    @property
    def library(self):
        return self.folder / "library"


@dataclass(frozen=True)
class Made(Places):
    """Everything that one small run on a table leads to."""

    target: str
    split_seed: int

    @property
    def table(self):
        return self.folder.parent / "lamps.csv"

    @property
    def config(self):
        return self.folder / "small.toml"

    @property
    def data(self):
        return DataConfig(path=str(self.table), target=self.target, split_seed=self.split_seed)

    @property
    def dataset(self):
        """The samples, read and divided anew."""
        return load_dataset(self.data)

    def source(self, kind):
        return identify(getattr(self, kind))


MEASURED = ("run", "onnx", "netlist", "circuit", "library")
"""Kinds of what one run leads to that metrics can be of."""


def columns(rows=400, seed=0, target="works"):
    """The table's columns: a number, a word, a bit and a category besides the target."""
    return chosen(lamps(rows, seed), "size", "hits", "lit", "colour", target)


def make(folder, target="works", split_seed=0):
    """A small run and what comes of it."""
    made = Made(folder, target, split_seed)
    folder.mkdir(parents=True)
    write_csv(made.table, columns(target=target))
    text = CONFIG.format(path=made.table, target=target, split_seed=split_seed)
    made.config.write_text(text)
    train(parse_config(text, source="small.toml", name="small"), made.run)
    netlist = netlist_of(made.source("run"))
    export_verilog(netlist, made.circuit)
    export_c(netlist, made.library, effort="low", jobs=1)
    return made
