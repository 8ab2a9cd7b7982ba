"""The shape and size of a configured network."""

from __future__ import annotations

from typing import Any

import numpy as np

from logicjsc.dataset import Scaler, Schema
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.gradient.families.family import Place, find_family
from logicjsc.methods.gradient.network.network import (
    build_network,
    layer_sources,
    per_layer,
    trainable_parameters,
)


def network_facts(config: Config, schema: Schema) -> dict[str, Any]:
    """Size of a network; it is built to be counted, with a scaler that does nothing."""
    features = len(schema.feature_names)
    bits = tuple(kind == "bit" for kind in schema.feature_kinds)
    ones = (1.0,) * features
    thresholds = tuple(() if bit else (0.0,) * config.network.thresholds for bit in bits)
    scaler = Scaler(ones, ones, thresholds=thresholds, bits=bits, target_kind=schema.target.kind)
    network = build_network(config.network, scaler, schema.target)
    layers = network_layers(config, schema)
    sizes = (features, *config.network.hidden, schema.target.outputs)
    return {
        "network": config.network.kind,
        "shape": "-".join(map(str, sizes)),
        "trainable_parameters": trainable_parameters(network),
        "table_rows": sum(layer["table_rows"] for layer in layers if "table_rows" in layer),
    }


def network_layers(config: Config, schema: Schema) -> tuple[dict[str, Any], ...]:
    """One row per layer of neurons."""
    network = config.network
    neurons = (*network.hidden, schema.target.outputs)
    sizes = (len(schema.feature_names), *neurons)
    if network.kind == "dense":
        return tuple(
            {"layer": index + 1, "neurons": count, "fan_in": sizes[index]}
            for index, count in enumerate(neurons)
        )
    families = [find_family(name) for name in network.neurons]
    fan_in, bits = per_layer(network.fan_in, len(neurons)), per_layer(network.bits, len(neurons))
    bits = tuple(
        1 if family.reads_bits else width for family, width in zip(families, bits, strict=True)
    )
    wired = "number" not in schema.feature_kinds and "word" not in schema.feature_kinds
    widths = (1 if network.thresholds or wired else network.input_bits, *bits)
    described = []
    for index, (count, family) in enumerate(zip(neurons, families, strict=True)):
        # With skips of several widths, the widest possible table is what counts.
        widest = max(widths[source] for source in layer_sources(network, index + 1))
        summed = network.scores == "sum" and index == len(neurons) - 1
        own = network.settings_of(family.name)
        nothing = np.empty((0, 0), np.int64)
        place = Place(sizes[index], nothing, own, index, len(neurons), summed)
        rows = family.rows(place, fan_in[index], widest)
        described.append(
            {
                "layer": index + 1,
                "neurons": count,
                "fan_in": fan_in[index],
                "bits": bits[index],
                "address_bits": family.address_bits(fan_in[index], widest),
                "table_rows": count * rows,
            }
        )
    return tuple(described)
