"""What a logic-gate network is made of, from the files in which it is kept.

torchlogix keeps ``LAYER.weight`` ``[nodes, columns]`` and ``LAYER.connections.indices`` ``[inputs,
nodes]``. Where connections are learned, these have one more axis of candidates in front, and
``LAYER.connections.weights`` of the same shape says which of them counts. A binarization keeps
``thresholds``, or ``raw_diffs`` if they are learned.
difflogic keeps ``LAYER.weights`` ``[nodes, 16]`` only: its connections are attributes of its
layers, so they come from a file of their own that has ``LAYER.indices`` ``[2, nodes]``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.checkpoints import array_of, read_checkpoint
from logicjsc.frontend.logic_gates.gate_tables import RANKS, columns, gate_tables
from logicjsc.frontend.model_files import MOST_NODES
from logicjsc.frontend.thermometers import Thermometer, read_thermometer
from logicjsc.netlist.layers import Array

_WHAT: Final = "checkpoint of a logic-gate network"
_WEIGHTS: Final = re.compile(r"(?:(.*)\.)?weights?")
_CONVOLUTION: Final = re.compile(r".*(?:_indices_L\d+|_export_lut_ids_L\d+)")
_BINARIZATION: Final = re.compile(r"(?:(.*)\.)?(thresholds|raw_diffs)")
_SOFTPLUS: Final = 0.1
"""torchlogix' default ``temperature_softplus``, which no checkpoint holds."""


@dataclass(frozen=True)
class GateLayer:
    """Gates side by side.

    Attributes:
        wires: bit of the layer before that each input reads, int64 ``[inputs, nodes]``.
        tables: output by row, bool ``[nodes, 2**inputs]``; the first input is the highest bit.
    """

    wires: Array
    tables: Array


@dataclass(frozen=True)
class GateModel:
    """A logic-gate network.

    Attributes:
        thermometer: makes bits of features; None where bits go in.
        layers: the first first.
        bits: that go in, as far as the wires tell.
        notes: what a reader should know.
    """

    thermometer: Thermometer | None
    layers: tuple[GateLayer, ...]
    bits: int
    notes: tuple[str, ...]


def read_gates(
    path: Path, connections: Path | None, thermometer: Path | None, parametrization: str
) -> GateModel:
    """A network.

    Args:
        path: of the checkpoint.
        connections: file with the connections, if the checkpoint has none.
        thermometer: file with thresholds, if the checkpoint has none.
        parametrization: one of `RANKS`, or ``auto``.

    Raises:
        ImportedModelError: it is another file, lacks something, holds convolutions, or its parts do
            not fit.
    """
    held = read_checkpoint(path, _WHAT)
    state = held.get("state_dict", held.get("model_state_dict", held))
    if not isinstance(state, Mapping):
        raise ImportedModelError(f"{path}: state_dict is no dictionary of tensors")
    convolution = next((key for key in state if _CONVOLUTION.fullmatch(key)), None)
    if convolution is not None:
        raise ImportedModelError(
            f"{path} holds a convolution of gates ({convolution}); only dense layers can be "
            "imported"
        )
    wires = {} if connections is None else read_checkpoint(connections, "file of connections")
    notes: list[str] = []
    names = _layer_names(state, path)
    layers: list[GateLayer] = []
    close = 0
    for name in names:
        layer, doubtful = _layer(state, wires, name, (path, connections), parametrization)
        layers.append(layer)
        close += doubtful
    if close:
        notes.append(
            f"{close} rows of tables lie within the rounding of float32 of their border and are as "
            "exact arithmetic has them"
        )
    bits = int(layers[0].wires.max()) + 1
    found = _thermometer(state, path, bits, notes)
    if thermometer is not None:
        ends = read_checkpoint(thermometer, "file of thresholds")
        found = read_thermometer(ends, thermometer, bits)
        if found is None:
            raise ImportedModelError(f"{thermometer} has no array thresholds")
    _check(layers, found, path)
    return GateModel(found, tuple(layers), bits, tuple(notes))


def _layer_names(state: Mapping[str, Any], path: Path) -> list[str]:
    """Keys of the layers' weights, in the order of the numbers in their names."""
    found = [
        key
        for key, value in state.items()
        if _WEIGHTS.fullmatch(key)
        and "connections" not in key
        and isinstance(value, np.ndarray | list)
    ]
    if not found:
        some = ", ".join(list(state)[:4])
        raise ImportedModelError(
            f"{path} is no {_WHAT}: it has no weights of gates such as '0.weight' (it has {some})"
        )
    return sorted(found, key=lambda key: [int(part) for part in re.findall(r"\d{1,9}", key)][:9])


def _layer(
    state: Mapping[str, Any],
    given: Mapping[str, Any],
    key: str,
    paths: tuple[Path, Path | None],
    parametrization: str,
) -> tuple[GateLayer, int]:
    path, _ = paths
    weights = array_of(state, key, 2, path, "f")
    if len(weights) > MOST_NODES:
        raise ImportedModelError(f"{path}: {key} has {len(weights):,} gates, too many")
    prefix = key.rpartition(".")[0]
    wires = _wires(state, given, prefix, paths)
    rank, nodes = wires.shape
    if nodes != len(weights):
        raise ImportedModelError(
            f"{path}: {key} has {len(weights)} gates, their connections {nodes}"
        )
    chosen = _parametrization(weights.shape[1], rank, parametrization, f"{path}: {key}")
    tables, doubtful = gate_tables(weights, chosen)
    return GateLayer(wires, tables), doubtful


def _wires(
    state: Mapping[str, Any],
    given: Mapping[str, Any],
    prefix: str,
    paths: tuple[Path, Path | None],
) -> Array:
    """Bits that the gates of a layer read, int64 ``[inputs, nodes]``."""
    path, connections = paths
    dotted = f"{prefix}." if prefix else ""
    own = f"{dotted}connections.indices"
    named = next((name for name in (f"{dotted}indices", own) if name in given), None)
    if named is not None:
        return array_of(given, named, 2, connections, "iu").astype(np.int64)
    if own not in state:
        raise ImportedModelError(
            f"{path} has no connections of layer {prefix!r}: difflogic keeps them as attributes; "
            f"set connections to a file that has them (numpy.savez(FILE, **{{'{dotted}indices': "
            "numpy.stack([i.cpu() for i in layer.indices]), ...}))"
        )
    learned = f"{dotted}connections.weights"
    if learned not in state:
        return array_of(state, own, 2, path, "iu").astype(np.int64)
    candidates = array_of(state, own, 3, path, "iu")
    weights = array_of(state, learned, 3, path, "f")
    if weights.shape != candidates.shape:
        raise ImportedModelError(
            f"{path}: {learned} has shape {weights.shape}, {own} {candidates.shape}"
        )
    chosen = weights.argmax(axis=0)[None]
    wires: Array = np.take_along_axis(candidates, chosen, axis=0)[0].astype(np.int64)
    return wires


def _parametrization(width: int, rank: int, asked: str, where: str) -> str:
    fitting = [
        name for name, ranks in RANKS.items() if rank in ranks and columns(name, rank) == width
    ]
    if asked != "auto" and asked in fitting:
        return asked
    if asked != "auto" or not fitting:
        raise ImportedModelError(
            f"{where}: {width} weights per gate of {rank} inputs are no {asked} parametrization"
            if asked != "auto"
            else f"{where}: {width} weights per gate of {rank} inputs are of no kind that is known"
        )
    if len(fitting) > 1:
        raise ImportedModelError(
            f"{where}: {width} weights per gate of {rank} inputs may be "
            f"{' or '.join(fitting)}; set parametrization"
        )
    return fitting[0]


def _thermometer(
    state: Mapping[str, Any], path: Path, bits: int, notes: list[str]
) -> Thermometer | None:
    found = {match[2]: key for key in state if (match := _BINARIZATION.fullmatch(key)) is not None}
    if "raw_diffs" in found:
        notes.append(f"learned thresholds are those of temperature_softplus = {_SOFTPLUS}")
        held = {"thresholds": _learned(array_of(state, found["raw_diffs"], 2, path, "f"))}
    elif "thresholds" in found:
        held = {"thresholds": state[found["thresholds"]]}
    else:
        return None
    return read_thermometer(held, path, bits)


def _learned(differences: Array) -> Array:
    """Thresholds of a learned binarization, computed as torchlogix computes them."""
    import torch

    given = torch.from_numpy(np.ascontiguousarray(differences, np.float32))
    scale = _SOFTPLUS + 1e-6
    rest = scale * torch.nn.functional.softplus(given[..., 1:] / scale)
    made = torch.cumsum(torch.cat([given[..., :1], rest], dim=-1), dim=-1)
    return np.asarray(made.numpy())


def _check(layers: list[GateLayer], thermometer: Thermometer | None, path: Path) -> None:
    width = int(layers[0].wires.max()) + 1 if thermometer is None else thermometer.thresholds.size
    if width > MOST_NODES:
        raise ImportedModelError(
            f"{path}: layer 0 reads bit {width - 1:,}; at most {MOST_NODES:,} bits can go in"
        )
    for index, layer in enumerate(layers):
        low, high = int(layer.wires.min()), int(layer.wires.max())
        if low < 0 or high >= width:
            raise ImportedModelError(
                f"{path}: layer {index} reads bit {low if low < 0 else high} of {width}; do "
                "connections and thermometer belong to this network?"
            )
        width = len(layer.tables)
