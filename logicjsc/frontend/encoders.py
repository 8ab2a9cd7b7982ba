"""Encoders for networks that start at codes: how features become these is not in their files."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from logicjsc.core.errors import ImportedModelError
from logicjsc.dataset.samples import Array
from logicjsc.netlist import Encoder, Netlist

_WIDEST: Final = 12
"""Bits of an input of which every step is a threshold."""


def with_uniform_encoder(
    netlist: Netlist, scale: float, offset: float, names: tuple[str, ...] = ()
) -> Netlist:
    """The netlist with an encoder that quantises each feature in equal steps.

    The value of an input's code is ``round((feature - offset) / scale)``, halves to the even
    number, limited to what its bits hold; all in float32, as quantisers of torch and ONNX compute.

    Args:
        netlist: a network without encoder, one input for each feature.
        scale: one step, positive.
        offset: the feature whose value is 0.
        names: of the features; by default those of the inputs.

    Raises:
        ImportedModelError: there is an encoder already, the scale is no positive number, or an
            input is too wide.
    """
    if netlist.encoder is not None:
        raise ImportedModelError(
            f"{netlist.name!r} says itself how features become codes; leave input_scale out"
        )
    if not (np.isfinite([scale, offset]).all() and scale > 0):
        raise ImportedModelError(f"input_scale = {scale} must be a positive number")
    widest = int(netlist.input_widths.max(initial=1))
    if widest > _WIDEST:
        raise ImportedModelError(
            f"an input of {netlist.name!r} has {widest} bits, an encoder of equal steps is made of "
            f"at most {_WIDEST}; feed codes instead"
        )
    most = (1 << widest) - 1
    thresholds = np.full((netlist.inputs, most), np.inf, np.float32)
    codes = np.zeros((netlist.inputs, most + 1), np.uint32)
    for index, (width, signed) in enumerate(
        zip(netlist.input_widths.tolist(), netlist.input_signed.tolist(), strict=True)
    ):
        low = -(1 << (width - 1)) if signed else 0
        values = np.arange(low, low + (1 << width))
        thresholds[index, : values.size - 1] = step_thresholds(values[1:], scale, offset)
        mine = values & ((1 << width) - 1)
        codes[index, : mine.size] = mine
        codes[index, mine.size :] = mine[-1]
    features = np.arange(netlist.inputs)
    encoder = Encoder(names or netlist.input_names, features, thresholds, codes)
    return replace(netlist, encoder=encoder)


def step_thresholds(values: Array, scale: float, offset: float) -> Array:
    """The least float32 number that is rounded to each value, float32 of the same shape."""
    step, start = np.float32(scale), np.float32(offset)
    found = ((values.astype(np.float64) - 0.5) * scale + offset).astype(np.float32)

    def reaches(features: Array) -> Array:
        return np.asarray(np.round((features - start) / step) >= values)

    # Rounding in float32 moves a border by a few numbers at most.
    while not (up := reaches(found)).all():
        found = np.where(up, found, np.nextafter(found, np.float32(np.inf)))
    while (down := reaches(np.nextafter(found, np.float32(-np.inf)))).any():
        found = np.where(down, np.nextafter(found, np.float32(-np.inf)), found)
    return found
