"""A network of LUTs while it is being found, and the netlist that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from logicjsc import __version__
from logicjsc.dataset.samples import Array
from logicjsc.dataset.schema import Schema
from logicjsc.methods.anneal.config import LogicConfig
from logicjsc.methods.anneal.levels import LUT_INPUTS, MOST_THRESHOLDS, Levels
from logicjsc.methods.anneal.scores import ScoreWires
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer

LEVELS: Final = MOST_THRESHOLDS + 1
"""Source numbers of one feature; level L of feature F is source ``F * LEVELS + L``."""

_STARTING_QUANTILES: Final = (0.05, 0.95)
_QUANTILE_JETS: Final = 10_000


@dataclass(frozen=True, eq=False)
class LogicNetwork:
    """LUTs in an order in which each reads earlier ones only; the last ones are the outputs.

    Attributes:
        features: number of features, and of wires if there are any.
        stages: depth of each LUT, int32 ``[luts]``, ascending from 1.
        inputs: sources, int32 ``[luts, 6]``: ``feature * 256 + level``, or ``features * 256 +
            number of a LUT``. One source may stand there twice.
        tables: contents, uint64 ``[luts]``: bit *i* is the output where the inputs spell *i*, the
            first of them its lowest bit.
    """

    features: int
    stages: Array
    inputs: Array
    tables: Array

    @classmethod
    def random(
        cls, config: LogicConfig, levels: Array, usable: Array, outputs: int, seed: int
    ) -> LogicNetwork:
        """Random contents behind random wires: thresholds first, then LUTs of the stage before.

        Args:
            config: shape of the network.
            levels: of training samples, uint8 ``[features, samples]``; thresholds are drawn
                from them.
            usable: which thresholds there are, bool ``[features, 256]``.
            outputs: number of output bits.
            seed: of the draws.
        """
        rng = np.random.default_rng(seed)
        sizes = (*config.layers, outputs)
        stages = np.repeat(np.arange(1, len(sizes) + 1), sizes)
        features = len(levels)
        inputs = np.empty((len(stages), LUT_INPUTS), np.int32)
        candidates = np.flatnonzero(usable.any(axis=1))
        for lut, stage in enumerate(stages):
            before = np.flatnonzero(stages == stage - 1)
            if before.size:
                several = before.size < LUT_INPUTS
                inputs[lut] = features * LEVELS + rng.choice(before, LUT_INPUTS, replace=several)
                continue
            for slot, feature in enumerate(rng.choice(candidates, LUT_INPUTS)):
                quantile = rng.uniform(*_STARTING_QUANTILES)
                level = int(np.quantile(levels[feature, :_QUANTILE_JETS], quantile))
                last = int(np.flatnonzero(usable[feature])[-1])
                inputs[lut, slot] = feature * LEVELS + min(max(level, 1), last)
        tables = rng.integers(0, 1 << 64, len(stages), np.uint64)
        return cls(features, stages.astype(np.int32), inputs, tables)

    @property
    def thresholds(self) -> Array:
        """Sources of the thresholds that are read, ascending."""
        return np.unique(self.inputs[self.inputs < self.features * LEVELS])

    def to_netlist(
        self,
        name: str,
        levels: Levels,
        scores: ScoreWires,
        schema: Schema,
    ) -> Netlist:
        """The network without inputs that no contents depend on and without unread LUTs.

        Each threshold is an input signal of one bit. Scores are put together from the output bits
        by tables that copy bits.
        """
        live = _live(_trimmed(self), self.features, scores.outputs)
        used = sorted({s for lut in live.values() for s in lut.sources if s < self._first_lut})
        if not used:
            used = [int(self.thresholds[0])]  # constant outputs; a netlist needs an input
        signal_of = {source: signal for signal, source in enumerate(used)}
        layers: list[TableLayer] = []
        for stage in sorted({lut.stage for lut in live.values()}):
            for size in range(LUT_INPUTS + 1):
                numbers = [
                    number
                    for number, lut in live.items()
                    if lut.stage == stage and len(lut.sources) == size
                ]
                if numbers:
                    luts = [live[number] for number in numbers]
                    layers.append(_layer(luts, signal_of))
                    for number in numbers:
                        signal_of[self._first_lut + number] = len(signal_of)
        first_output = self._first_lut + len(self.stages) - scores.outputs
        outputs = np.array([signal_of[first_output + bit] for bit in range(scores.outputs)])
        stage = int(self.stages[-1]) + 1
        copies = list(_score_layers(scores, outputs, stage, len(signal_of)))
        layers += [layer for layer, _ in copies]
        place = {index: signal for _, members in copies for index, signal in members}
        feature_names, target = schema.feature_names, schema.target
        encoder = _encoder(used, levels, feature_names)
        thresholds = (0.5,) if target.kind == "binary" else ()
        return Netlist(
            name=name,
            input_names=_input_names(used, levels, feature_names),
            input_widths=np.ones(len(used), np.int64),
            input_signed=np.zeros(len(used), np.bool_),
            layers=tuple(layers),
            outputs=np.array([place[index] for index in range(len(scores.wires))]),
            encoder=encoder,
            decoder=Decoder(
                target.names,
                np.arange(1 << scores.width),
                signed=False,
                kind=target.kind,
                thresholds=thresholds,
            ),
            provenance={"logicjsc": __version__},
        )

    @property
    def _first_lut(self) -> int:
        return self.features * LEVELS


@dataclass(frozen=True)
class _Lut:
    """A LUT of up to six distinct inputs, each of which matters; the first is the lowest bit."""

    stage: int
    sources: tuple[int, ...]
    table: tuple[int, ...]


def _trimmed(network: LogicNetwork) -> list[_Lut]:
    luts = []
    for stage, sources, contents in zip(
        network.stages.tolist(), network.inputs.tolist(), network.tables.tolist(), strict=True
    ):
        distinct = list(dict.fromkeys(sources))
        table = []
        for row in range(1 << len(distinct)):
            bit_of = {source: row >> place & 1 for place, source in enumerate(distinct)}
            spelt = sum(bit_of[source] << place for place, source in enumerate(sources))
            table.append(contents >> spelt & 1)
        for place in reversed(range(len(distinct))):
            low = [bit for row, bit in enumerate(table) if not row >> place & 1]
            if low == [bit for row, bit in enumerate(table) if row >> place & 1]:
                table = low
                del distinct[place]
        luts.append(_Lut(stage, tuple(distinct), tuple(table)))
    return luts


def _live(luts: list[_Lut], features: int, outputs: int) -> dict[int, _Lut]:
    """LUTs that the outputs depend on, by number, ascending."""
    first = features * LEVELS
    needed = set(range(len(luts) - outputs, len(luts)))
    for number in reversed(range(len(luts))):
        if number in needed:
            needed |= {source - first for source in luts[number].sources if source >= first}
    return {number: luts[number] for number in sorted(needed)}


def _layer(luts: list[_Lut], signal_of: dict[int, int]) -> TableLayer:
    size, stage = len(luts[0].sources), luts[0].stage
    # A netlist's first input is the highest bit of the address.
    inputs = [[signal_of[source] for source in reversed(lut.sources)] for lut in luts]
    return TableLayer(
        name=f"layer{stage}_{size}_inputs",
        stage=stage,
        inputs=np.array(inputs, np.int64).reshape(len(luts), size),
        tables=np.array([lut.table for lut in luts]),
        widths=np.ones(len(luts), np.int64),
        signed=np.zeros(len(luts), np.bool_),
    )


def _score_layers(
    scores: ScoreWires, outputs: Array, stage: int, first: int
) -> Iterator[tuple[TableLayer, list[tuple[int, int]]]]:
    """Layers of copied bits, and which class's score each of their signals is."""
    for size in sorted({len(wires) for wires in scores.wires}):
        members = [index for index, wires in enumerate(scores.wires) if len(wires) == size]
        tables = np.zeros((len(members), 1 << size), np.int64)
        inputs = np.zeros((len(members), size), np.int64)
        for row, index in enumerate(members):
            for position, (place, output) in enumerate(scores.wires[index]):
                inputs[row, position] = outputs[output]
                address_bit = size - 1 - position
                tables[row] += (np.arange(1 << size) >> address_bit & 1) << place
        layer = TableLayer(
            name=f"scores_of_{size}_bits",
            stage=stage,
            inputs=inputs,
            tables=tables,
            widths=np.full(len(members), scores.width),
            signed=np.zeros(len(members), np.bool_),
        )
        yield layer, [(index, first + row) for row, index in enumerate(members)]
        first += len(members)


def _encoder(used: list[int], levels: Levels, feature_names: tuple[str, ...]) -> Encoder:
    borders = [levels.borders(*divmod(source, LEVELS)) for source in used]
    most = max(map(len, borders))
    thresholds = np.full((len(used), most), np.inf, np.float32)
    for row, own in zip(thresholds, borders, strict=True):
        row[: len(own)] = own
    return Encoder(
        feature_names,
        np.array([levels.feature_of(source // LEVELS) for source in used]),
        thresholds,
        np.tile(np.arange(most + 1) % 2, (len(used), 1)),
        levels.words,
    )


def _input_names(
    used: list[int], levels: Levels, feature_names: tuple[str, ...]
) -> tuple[str, ...]:
    """The feature's name, and the level or the place of the bit, which tell its inputs apart."""
    names = []
    for row, level in (divmod(source, LEVELS) for source in used):
        wire = row - len(levels.costs)
        told = level if wire < 0 else f"bit{levels.wires[wire][1]}"
        names.append(f"{feature_names[levels.feature_of(row)]}_{told}")
    return tuple(names)
