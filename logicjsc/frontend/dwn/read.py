"""What a weightless network is made of, from the files in which it is kept.

The **state dictionary** of torch_dwn has for layer ``i`` the table contents ``i.luts`` ``[nodes,
2**n]``, of which those above 0 are 1, and its wires: ``i.mapping`` ``[nodes, n]`` holds the bit
that each address bit reads, or ``i.mapping.weights`` ``[bits, nodes * n]`` a weight of every bit,
the largest of which counts. Address bit ``l`` has the value ``2**l``. The last layer's nodes are
shared out to the classes in order. Thresholds ``[features, bits]`` of the thermometer, the number
of classes, and mean and scale of the features are kept beside it: dwn2rtl writes ``{"state_dict",
"thermometer": {"thresholds"}, "config": {"num_classes"}, "scaler"}``, an ``.npz`` archive has
``thresholds``, ``num_classes``, ``mean`` and ``scale``. Bit ``feature * bits + b`` is set if the
feature exceeds threshold ``b``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.checkpoints import array_of, read_checkpoint, whole_of
from logicjsc.frontend.thermometers import Thermometer, read_thermometer
from logicjsc.netlist.layers import Array

WIDEST_NODE: Final = 16
"""Address bits of a node."""

_WHAT: Final = "checkpoint of a weightless network"
_LUTS: Final = re.compile(r"(.*?)(\d{1,9})\.luts")


@dataclass(frozen=True)
class DwnLayer:
    """Nodes that look bits up.

    Attributes:
        tables: contents, bool ``[nodes, 2**n]``; address bit ``l`` has the value ``2**l``.
        wires: bit of the layer before that each address bit reads, int64 ``[nodes, n]``.
    """

    tables: Array
    wires: Array


@dataclass(frozen=True)
class Dwn:
    """A weightless network.

    Attributes:
        thermometer: makes bits of features.
        layers: the first first.
        classes: number of classes.
    """

    thermometer: Thermometer
    layers: tuple[DwnLayer, ...]
    classes: int


def read_dwn(path: Path, thermometer: Path | None, classes: int) -> Dwn:
    """A network.

    Args:
        path: of the checkpoint.
        thermometer: another file with thresholds, and mean and scale, if they are not in it.
        classes: number of classes if the checkpoint does not say; else 0.

    Raises:
        ImportedModelError: it is another file, lacks something, or its parts do not fit.
    """
    held = read_checkpoint(path, _WHAT)
    state = held.get("state_dict", held)
    if not isinstance(state, Mapping):
        raise ImportedModelError(f"{path}: state_dict is no dictionary of tensors")
    layers = _layers(state, path)
    ends = held if thermometer is None else read_checkpoint(thermometer, "file of thresholds")
    where = path if thermometer is None else thermometer
    found = read_thermometer(ends, where, int(layers[0].wires.max()) + 1)
    if found is None:
        raise ImportedModelError(
            f"{where} has no thresholds: the thermometer is no part of the state dictionary; set "
            "thermometer to a file that has them (numpy.savez(FILE, thresholds=...))"
        )
    told = _classes(held, path)
    if classes and told and classes != told:
        raise ImportedModelError(f"{path} has {told} classes, not {classes}; leave classes out")
    count = classes or told
    if not count:
        raise ImportedModelError(
            f"{path} does not tell its number of classes (GroupSum's k); set classes"
        )
    network = Dwn(found, layers, count)
    _check(network, path)
    return network


def _layers(state: Mapping[str, Any], path: Path) -> tuple[DwnLayer, ...]:
    found = [(key, match) for key in state if (match := _LUTS.fullmatch(key)) is not None]
    if not found:
        some = ", ".join(list(state)[:4])
        raise ImportedModelError(
            f"{path} is no {_WHAT}: it has no tables such as '0.luts' (it has {some})"
        )
    if len({match[1] for _, match in found}) > 1:
        raise ImportedModelError(f"{path} holds several networks of tables; save one")
    found.sort(key=lambda entry: int(entry[1][2]))
    return tuple(_layer(state, key.removesuffix(".luts"), path) for key, _ in found)


def _layer(state: Mapping[str, Any], name: str, path: Path) -> DwnLayer:
    contents = array_of(state, f"{name}.luts", 2, path)
    nodes, rows = contents.shape
    bits = rows.bit_length() - 1
    if rows != 1 << bits or not 1 <= bits <= WIDEST_NODE:
        raise ImportedModelError(
            f"{path}: {name}.luts has {rows} columns; a node of n address bits has 2**n, n from 1 "
            f"to {WIDEST_NODE}"
        )
    # The dummy mapping that a learnable layer also holds looks like wires and is none.
    if f"{name}.mapping.weights" in state:
        weights = array_of(state, f"{name}.mapping.weights", 2, path)
        if weights.shape[1] != nodes * bits:
            raise ImportedModelError(
                f"{path}: {name}.mapping.weights has {weights.shape[1]} columns for {nodes} nodes "
                f"of {bits} address bits"
            )
        wires = weights.argmax(axis=0).reshape(nodes, bits)
    else:
        wires = array_of(state, f"{name}.mapping", 2, path, "iu")
        if wires.shape != (nodes, bits):
            raise ImportedModelError(
                f"{path}: {name}.mapping has shape {wires.shape}; {(nodes, bits)} is needed"
            )
    return DwnLayer(contents > 0, wires.astype(np.int64))


def _classes(held: Mapping[str, Any], path: Path) -> int:
    config = held.get("config")
    return whole_of(config if isinstance(config, Mapping) else held, "num_classes", path)


def _check(network: Dwn, path: Path) -> None:
    width = network.thermometer.thresholds.size
    for index, layer in enumerate(network.layers):
        low, high = int(layer.wires.min()), int(layer.wires.max())
        if low < 0 or high >= width:
            raise ImportedModelError(
                f"{path}: layer {index} reads bit {low if low < 0 else high} of {width}; is the "
                "thermometer that of this network?"
            )
        width = len(layer.tables)
    if width % network.classes:
        raise ImportedModelError(
            f"{path}: the {width} nodes of the last layer are no equal shares of "
            f"{network.classes} classes"
        )
