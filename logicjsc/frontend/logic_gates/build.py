"""A logic-gate network to a netlist."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.frontend.ends import class_names, count_classes, feature_names
from logicjsc.frontend.gates import CONSTANTS, GateNetwork, build_gates
from logicjsc.frontend.importer import Asked, Imported
from logicjsc.frontend.logic_gates.read import GateModel
from logicjsc.frontend.model_files import check_size
from logicjsc.frontend.thermometers import Thermometer
from logicjsc.netlist.builder import NetlistBuilder
from logicjsc.netlist.layers import Array

_SCORES: Final = (
    "a class's score is the number of its gates that are 1; GroupSum's tau and beta are left out"
)


def imported_gates(network: GateModel, path: Path, asked: Asked) -> Imported:
    """The netlist of a network: a comparison per bit that is read, joined gates, and counts.

    Raises:
        ImportedModelError: it is too large, or classes are missing or no equal shares.
    """
    settings = asked.settings
    gates = sum(len(layer.tables) for layer in network.layers)
    check_size(path, gates, 8 * gates, "train fewer gates")
    classes = _classes(network, path, asked)
    thermometer = network.thermometer or _of_bits(network, path, asked)
    used = np.zeros(thermometer.thresholds.size, np.bool_)
    used[network.layers[0].wires] = True
    names = feature_names(asked, thermometer.features)
    encoder, inputs, places = thermometer.encoder(names, used, settings.arithmetic)
    builder = NetlistBuilder(asked.name)
    signals = [builder.input(name) for name in inputs]
    logic = GateNetwork(len(inputs))
    made: Array = places + CONSTANTS
    for layer in network.layers:
        # Of a gate's table the first input is the lowest bit, of a layer's the highest.
        sources = made[layer.wires][::-1].T.tolist()
        tables = _numbers(layer.tables)
        made = np.array(
            [logic.gate(row, table) for row, table in zip(sources, tables, strict=True)], np.int64
        )
    asked.on_progress(0, 1, "joining gates")
    bits = build_gates(builder, signals, logic, made.tolist(), most=settings.joined_inputs)
    outputs, decoder = count_classes(builder, bits, class_names(asked, classes))
    netlist = builder.build(outputs, encoder=encoder, decoder=decoder)
    notes = [*network.notes, _SCORES]
    if network.thermometer is None:
        notes.append("the features are bits, 0 or 1")
    return Imported(
        netlist,
        notes=tuple(notes),
        facts={
            "features": thermometer.features,
            "gates": ", ".join(str(len(layer.tables)) for layer in network.layers),
            "inputs of a gate": ", ".join(str(len(layer.wires)) for layer in network.layers),
            "tables": netlist.signals - netlist.inputs - len(outputs),
            "classes": classes,
        },
    )


def _classes(network: GateModel, path: Path, asked: Asked) -> int:
    classes: int = asked.settings.classes
    if not classes and asked.dataset is not None:
        classes = len(asked.dataset.test.target.names)
    last = len(network.layers[-1].tables)
    if not classes:
        raise ImportedModelError(
            f"{path} does not tell its number of classes (GroupSum's k); set classes"
        )
    if last % classes:
        raise ImportedModelError(
            f"{path}: the {last} gates of the last layer are no equal shares of {classes} classes"
        )
    return classes


def _of_bits(network: GateModel, path: Path, asked: Asked) -> Thermometer:
    """The thermometer of features that are bits."""
    count: int = asked.settings.inputs or network.bits
    if asked.dataset is not None:
        count = len(asked.dataset.test.feature_names)
    if count < network.bits:
        raise ImportedModelError(
            f"{path} reads bit {network.bits - 1} of {count} inputs; does it need a thermometer?"
        )
    return Thermometer(np.full((count, 1), 0.5, np.float32))


def _numbers(tables: Array) -> list[int]:
    """Truth tables as integers whose bit ``r`` is row ``r``; at most 64 rows."""
    packed = np.packbits(tables, axis=1, bitorder="little")
    wide = np.zeros((len(packed), 8), np.uint8)
    wide[:, : packed.shape[1]] = packed
    return [int(number) for number in wide.view("<u8").ravel()]
