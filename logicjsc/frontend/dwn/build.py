"""A weightless network to a netlist."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from logicjsc.frontend.dwn.read import Dwn
from logicjsc.frontend.ends import class_names, count_classes, feature_names
from logicjsc.frontend.importer import Asked, Imported
from logicjsc.frontend.model_files import check_size
from logicjsc.netlist.builder import NetlistBuilder


def imported_dwn(network: Dwn, path: Path, asked: Asked) -> Imported:
    """The netlist of a network: a comparison per bit that is read, a table per node, and counts.

    Raises:
        ImportedModelError: it is too large.
    """
    nodes = sum(len(layer.tables) for layer in network.layers) + network.classes
    held = sum(layer.tables.size for layer in network.layers)
    check_size(path, nodes, held, "train fewer nodes")
    thermometer = network.thermometer
    used = np.zeros(thermometer.thresholds.size, np.bool_)
    used[network.layers[0].wires] = True
    encoder, inputs, signals = thermometer.encoder(
        feature_names(asked, thermometer.features), used, asked.settings.arithmetic
    )
    builder = NetlistBuilder(asked.name)
    made = [builder.input(name) for name in inputs]
    for index, layer in enumerate(network.layers):
        asked.on_progress(index, len(network.layers), f"layer {index}")
        # The first input of a table is the highest part of its address.
        sources = signals[layer.wires][:, ::-1].tolist()
        made = [
            builder.table(row, table.astype(np.uint8), 1)
            for row, table in zip(sources, layer.tables, strict=True)
        ]
        signals = np.array(made, np.int64)
    outputs, decoder = count_classes(builder, made, class_names(asked, network.classes))
    netlist = builder.build(outputs, encoder=encoder, decoder=decoder)
    notes = ["a class's score is the number of its nodes that are 1; GroupSum's tau is left out"]
    if thermometer.mean is not None:
        notes.append(
            "mean and scale of the features are in the thresholds, as "
            f"{asked.settings.arithmetic} arithmetic has them"
        )
    return Imported(
        netlist,
        notes=tuple(notes),
        facts={
            "features": thermometer.features,
            "thermometer bits": f"{thermometer.bits} each, {int(used.sum())} read",
            "nodes": ", ".join(str(len(layer.tables)) for layer in network.layers),
            "classes": network.classes,
        },
    )
