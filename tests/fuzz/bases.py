"""Whole artefacts that are damaged: made once, small, and without any compiler or simulator."""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from reference.naive_finetune import small_scorer
from reference.naive_luts import naive_luts
from reference.onnx_models import dense_transposed, matmul_and_add, skip_connections
from reference.random_encoders import with_encoder
from reference.random_netlists import random_netlist
from reference.small_jets import small_splits
from reference.small_runs import config_of, fit
from reference.small_tables import csv_text, lamps
from reference.typed_models import rewritten_model

from logicjsc.core.files import shipped
from logicjsc.emit.c.library import write_library
from logicjsc.emit.verilog import write_circuit
from logicjsc.methods.method import find_method
from logicjsc.netlist import save_netlist


@dataclass(frozen=True)
class Bases:
    """Where the artefacts lie.

    Attributes:
        folder: of all of them.
    """

    folder: Path

    @property
    def run(self) -> Path:
        """A finished run of the gradient method."""
        return self.folder / "run"

    @property
    def circuit(self) -> Path:
        """Its circuit."""
        return self.folder / "circuit"

    @property
    def library(self) -> Path:
        """Its C code."""
        return self.folder / "library"

    @property
    def point(self) -> Path:
        """A point of the zoo."""
        return self.folder / "point"


def make_bases(folder: Path) -> Bases:
    """Train a small network, through torch's own modules, and write what becomes of it."""
    bases = Bases(folder)
    _, run, _ = fit(bases.run, small_splits(), config_of(epochs=1, engine="brevitas"))
    netlist = find_method("gradient").netlist(run)
    write_circuit(netlist, bases.circuit)
    write_library(netlist, bases.library, naive_luts(netlist))
    point = next(shipped("zoo").glob("*/jsc-lut-3"))
    shutil.copytree(point, bases.point)
    return bases


@cache
def models() -> tuple[bytes, ...]:
    """Small ONNX models of several exporters."""
    rng = np.random.default_rng(0)
    makers = (dense_transposed, matmul_and_add, skip_connections)
    plain = [make(rng, 17).model for make in makers]
    return tuple(model.SerializeToString() for model in (*plain, rewritten_model()))


@cache
def graphs() -> tuple[onnx.ModelProto, ...]:
    """The same, read."""
    return tuple(onnx.load_model_from_string(model) for model in models())


@cache
def tables() -> dict[str, bytes]:
    """A table in every format that needs no further package, by suffix."""
    columns = lamps(60)
    names = ("size", "hits", "lit", "colour", "sort")
    numbers = np.array([columns[name] for name in ("size", "hits", "lit")], np.float64).T
    classes = np.arange(60) % 3
    text = csv_text({name: columns[name] for name in names})
    kinds = {"size": "numeric", "hits": "numeric", "lit": "{0,1}", "colour": "string"}
    kinds["sort"] = "{cold,warm,hot}"
    head = "\n".join(f"@attribute {name} {kind}" for name, kind in kinds.items())
    arff = f"@relation lamps\n{head}\n@data\n" + text.partition("\n")[2]
    arrays = {"X": numbers, "y": classes, "classes": np.array(["a", "b", "c"])}
    return {
        ".csv": text.encode(),
        ".tsv": text.replace(",", "\t").encode(),
        ".arff": arff.encode(),
        ".npz": _npz(arrays),
        ".parquet": _parquet({name: columns[name] for name in names}),
        ".h5": _hdf5(numbers, classes),
    }


@cache
def netlists() -> tuple[bytes, ...]:
    """Small netlists with everything that a netlist may have."""
    scorer = small_scorer(0)
    made = (*(with_encoder(random_netlist(seed), seed) for seed in range(3)), scorer, scorer)
    return tuple(map(_saved, made))


def _saved(netlist: Any) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "netlist.npz")
        save_netlist(netlist, path)
        return path.read_bytes()


def _npz(arrays: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _parquet(columns: dict[str, Any]) -> bytes:
    import pandas as pd

    stream = io.BytesIO()
    pd.DataFrame(columns).to_parquet(stream)
    return stream.getvalue()


def _hdf5(features: np.ndarray, targets: np.ndarray) -> bytes:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["X"], file["y"] = features, targets
    return stream.getvalue()
