"""Running neurons on every address.

Neurons that read different signals do not disturb each other, so many are enumerated in the same
rows: row ``r`` spells address ``r`` for each neuron of a group at once. A layer of 192 neurons with
fan-in 4 needs about a dozen groups instead of 192 runs.

A neuron behind a sum that float32 rounds is run on the sum plus and minus the bound of the rounding
as well: its table is the model's if all of them give one code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from logicjsc.core.errors import OnnxModelError
from logicjsc.frontend.onnx.graph import Array
from logicjsc.frontend.onnx.quantised import QuantisedModel
from logicjsc.frontend.onnx.quantiser import Quantiser
from logicjsc.frontend.onnx.session import Session
from logicjsc.frontend.onnx.sums import SumTensor
from logicjsc.netlist.codes import values_of

_ROWS_AT_ONCE: Final = 1 << 16

_CODES_AT_ONCE: Final = 1 << 26
"""Codes in one run: of wide layers, fewer rows are run at once."""


_MOST_ROUNDED: Final = 4
"""Sums with slack that one neuron may read."""


@dataclass(frozen=True)
class Node:
    """One neuron to tabulate: its source, the signals it reads, and their widths."""

    source: int
    inputs: tuple[int, ...]
    widths: tuple[int, ...]

    @property
    def address_bits(self) -> int:
        """Bits of an address of its table."""
        return sum(self.widths)

    def offsets(self) -> dict[int, int]:
        """Position of each input's least significant bit in the address; the first is highest."""
        places = self.address_bits - np.cumsum(self.widths)
        return dict(zip(self.inputs, places.tolist(), strict=True))


def enumerate_tables(
    model: QuantisedModel, target: Quantiser, nodes: list[Node]
) -> dict[int, Array]:
    """Table of each neuron of one quantiser.

    Raises:
        OnnxModelError: the rounding of a sum decides about a code.
    """
    # What other neurons read is cut as well: what stands there does not matter here.
    others = [entry for entry in model.blocks if entry != target]
    session = model.graph.subgraph([entry.codes for entry in others], [target.codes])
    blocks = [entry for entry in others if entry.codes in session.inputs]
    rows = 1 << nodes[0].address_bits
    groups = _group(nodes)
    at_once = max(_ROWS_AT_ONCE // rows, 1)
    size = sum(entry.size for entry in (*blocks, target))
    most = rows if at_once > 1 else max(_CODES_AT_ONCE // size, 1)
    tables: dict[int, Array] = {}
    for start in range(0, len(groups), at_once):
        batch = groups[start : start + at_once]
        offsets = [entry for entry, _ in batch]
        parts: list[Array] = []
        for first in range(0, rows, most):
            addresses = np.arange(first, min(first + most, rows), dtype=np.uint32)
            feeds = _spell_addresses(model, blocks, offsets, nodes, addresses)
            if model.graph.input in session.inputs:
                shape = (len(addresses) * len(batch), model.graph.features)
                feeds[model.graph.input] = np.zeros(shape, np.float32)
            read = _run(model, target, session, feeds)
            parts.append(read.reshape(len(batch), len(addresses), target.size))
            for turned in _within_slack(blocks, nodes, feeds):
                other = _run(model, target, session, turned).reshape(parts[-1].shape)
                _refuse_borders(model, target, batch, addresses, other != parts[-1])
        for index, (_, members) in enumerate(batch):
            for node in members:
                place = node.source - target.first
                tables[node.source] = np.concatenate([part[index, :, place] for part in parts])
    return tables


def _run(
    model: QuantisedModel, target: Quantiser, session: Session, feeds: dict[str, Array]
) -> Array:
    (integers,) = session.run(feeds)
    return model.read_codes(target, integers)


def _within_slack(
    blocks: list[Quantiser | SumTensor], nodes: list[Node], feeds: dict[str, Array]
) -> Iterator[dict[str, Array]]:
    """The same rows with each rounded sum at the ends of where the model's may lie.

    Raises:
        OnnxModelError: a neuron reads too many such sums for all combinations of ends.
    """
    rounded = [entry for entry in blocks if isinstance(entry, SumTensor) and entry.slack.any()]
    if not rounded:
        return
    numbers = {s for entry in rounded for s in range(entry.first, entry.first + entry.size)}
    # Sums that one neuron reads get turns of their own, so that all combinations come up.
    turns: dict[int, int] = {}
    for node in nodes:
        mine = [source for source in node.inputs if source in numbers]
        taken = {turns[source] for source in mine if source in turns}
        for source in mine:
            if source not in turns:
                turns[source] = next(t for t in range(len(mine)) if t not in taken)
                taken.add(turns[source])
    most = max(turns.values(), default=-1) + 1
    if most > _MOST_ROUNDED:
        raise OnnxModelError(
            f"a neuron reads {most} sums that float32 rounds, the limit is {_MOST_ROUNDED}; "
            f"quantise what they add with a power of two as its scale"
        )
    for signs in product((-1, 1), repeat=most):
        turned = dict(feeds)
        for entry in rounded:
            flat = feeds[entry.codes].reshape(len(feeds[entry.codes]), -1).copy()
            for place, element in enumerate(entry.elements.tolist()):
                sign = signs[turns.get(entry.first + place, 0)]
                moved = flat[:, element].astype(np.float64) + sign * entry.slack[place]
                end = np.array(sign * np.inf, flat.dtype)
                flat[:, element] = np.nextafter(moved.astype(flat.dtype), end)
            turned[entry.codes] = flat.reshape(feeds[entry.codes].shape)
        yield turned


def _refuse_borders(
    model: QuantisedModel,
    target: Quantiser,
    batch: list[tuple[dict[int, int], list[Node]]],
    addresses: Array,
    differs: Array,
) -> None:
    """Refuse neurons whose code depends on the rounding of a sum that can occur.

    Raises:
        OnnxModelError: names one, and in how many rows.
    """
    if not differs.any():
        return
    for index, (offsets, members) in enumerate(batch):
        for node in members:
            near = differs[index, :, node.source - target.first]
            for source, width in zip(node.inputs, node.widths, strict=True):
                block = model.block_of(source)
                if isinstance(block, SumTensor):
                    place = source - block.first
                    codes = (addresses >> offsets[source]) & ((1 << width) - 1)
                    values = values_of(codes, width, signed=bool(block.signs[place]))
                    near = near & (values >= block.lows[place]) & (values <= block.highs[place])
            if near.any():
                raise OnnxModelError(
                    f"{model.describe(node.source)} reads a sum that float32 does not hold "
                    f"exactly, and {int(near.sum()):,} of {len(near):,} sums lie so near a border "
                    f"that their rounding decides; quantise weights and signals with powers of two "
                    f"as their scales"
                )


def _group(nodes: list[Node]) -> list[tuple[dict[int, int], list[Node]]]:
    """Neurons that can share rows: every signal two of them share has one place in the address."""
    groups: list[tuple[dict[int, int], list[Node]]] = []
    for node in nodes:
        wanted = node.offsets()
        for offsets, members in groups:
            if all(offsets.get(signal, place) == place for signal, place in wanted.items()):
                offsets.update(wanted)
                members.append(node)
                break
        else:
            groups.append((dict(wanted), [node]))
    return groups


def _spell_addresses(
    model: QuantisedModel,
    blocks: list[Quantiser | SumTensor],
    groups: list[dict[int, int]],
    nodes: list[Node],
    addresses: Array,
) -> dict[str, Array]:
    """Tensors in which the rows of each group spell these addresses, uint32 ``[rows]``."""
    rows = len(addresses)
    width_of = {r: w for node in nodes for r, w in zip(node.inputs, node.widths, strict=True)}

    def spelt(source: int) -> Array:
        """Codes of one source in all rows; zero in groups that do not read it."""
        codes = np.zeros((len(groups), rows), np.uint32)
        for index, offsets in enumerate(groups):
            if source in offsets:
                codes[index] = (addresses >> offsets[source]) & ((1 << width_of[source]) - 1)
        return codes.ravel()

    read = {source for offsets in groups for source in offsets}
    feeds = {}
    for entry in blocks:
        codes = np.zeros((len(groups) * rows, entry.size), np.uint32)
        for source in read.intersection(range(entry.first, entry.first + entry.size)):
            codes[:, source - entry.first] = spelt(source)
        tensor = model.write_codes(entry, codes)
        if isinstance(entry, SumTensor):
            _add_terms(model, entry, tensor, {s: spelt(s) for s in read})
        feeds[entry.codes] = tensor
    return feeds


def _add_terms(
    model: QuantisedModel, block: SumTensor, tensor: Array, codes: dict[int, Array]
) -> None:
    """Fill in the elements that are no sums in hardware but added up in their readers' tables."""
    flat = tensor.reshape(len(tensor), -1)
    for element in np.setdiff1d(np.arange(flat.shape[1]), block.elements):
        sources, weights = block.form.row(int(element))
        if not codes.keys() >= set(sources.tolist()):
            continue  # it is not read here
        total = np.full(len(flat), block.form.constants[element])
        for source, weight in zip(sources.tolist(), weights.tolist(), strict=True):
            width, signed = model.format_of(source)
            total += weight * values_of(codes[source], width, signed=signed)
        flat[:, element] = total
