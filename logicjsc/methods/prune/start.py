"""The network that training begins with: smooth random functions on every edge."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.samples import Array
from logicjsc.methods.prune.columns import CODES, Column
from logicjsc.methods.prune.config import CODE_BITS, PruneConfig
from logicjsc.methods.prune.splines import spline_basis
from logicjsc.methods.prune.state import Edges, End, State

_START_UNITS: Final = 8
"""Random functions of each code that its first tables are mixed from, besides the code itself."""

_START_SAMPLES: Final = 20_000
"""Training samples, the first ones, that the start is adapted to."""

_START_DEVIATION: Final = CODES / 6
"""Standard deviation of the hidden sums at the start, in codes: few leave the range."""

_START_SCORE: Final = 8.0
"""Half of the largest range of a second table at the start, in steps of the scores."""


def start_state(
    columns: list[Column],
    codes: Array,
    outputs: int,
    config: PruneConfig,
    *,
    end: End,
) -> State:
    """Random functions on every edge: smooth ones of codes whose values follow each other.

    Tables from codes to scores begin as constants.

    Args:
        columns: the input codes.
        codes: of training samples, uint8 ``[samples, columns]``.
        outputs: number of scores.
        config: settings.
        end: what stands behind the scores; those that are not compared begin around 0.
    """
    shape = config.network
    rng = np.random.default_rng(config.prune.seed)
    some = codes[:_START_SAMPLES].astype(np.int64)
    orders = [column.order for column in columns]
    ranks = np.stack([np.argsort(order) for order in orders])
    basis = _basis(columns, some, ranks, shape.input_knots)
    contents = _hidden_contents(columns, some, ranks, shape.hidden, rng)
    sums = _read(contents, some)
    contents *= _START_DEVIATION / np.maximum(sums.std(axis=0), 1e-6)
    contents -= contents.min(axis=1, keepdims=True)
    sums = _read(contents, some)
    offset = CODES / 2 - sums.mean(axis=0)
    middle = np.tanh(2 * ((np.arange(CODES) + 0.5) / CODES * 2 - 1))
    scores = middle[None, :, None] * rng.uniform(-1, 1, (shape.hidden, 1, outputs))
    scores = _START_SCORE * (scores - scores.min(axis=1, keepdims=True))
    flat = np.broadcast_to(
        spline_basis(CODES, shape.hidden_knots), (shape.hidden, CODES, shape.hidden_knots)
    )
    targets = outputs if shape.direct else 0
    direct = np.full((len(columns), basis.shape[2], targets), _START_SCORE, np.float32)
    bias = np.zeros(outputs, np.float32)
    if end != "argmax":
        places = np.floor(sums + offset).astype(np.int64) % CODES
        bias -= np.mean(_read(scores, places), axis=0) + _START_SCORE * (targets > 0) * len(columns)
    return State(
        list(columns),
        Edges.of(basis.copy(), _fitted(basis, contents), shape.edge_bits, -shape.fraction_bits),
        offset.astype(np.float32),
        Edges.of(flat.copy(), _fitted(flat, scores), shape.score_bits, 0),
        bias.astype(np.float32),
        Edges.of(basis, direct, shape.score_bits, 0),
        end=end,
        counted=config.prune.decision,
    )


def _basis(columns: list[Column], some: Array, ranks: Array, knots: int) -> Array:
    """Splines of codes whose values follow each other; of groups and few values each for itself.

    Values beyond a code's bits are those of its highest one, so that they ask for no range.

    Returns:
        float32 ``[columns, codes, functions]``; rows of fewer functions end in zeros.
    """
    parts = []
    for column, code, rank in zip(columns, some.T, ranks, strict=True):
        codes = 1 << column.width
        if column.is_smooth and codes == CODES:
            counts = np.bincount(code, minlength=CODES)[np.argsort(rank)]
            parts.append(spline_basis(CODES, knots, counts)[rank])
        elif column.is_smooth and codes > knots:
            parts.append(spline_basis(codes, knots, np.bincount(code, minlength=codes)))
        else:
            parts.append(np.eye(codes, dtype=np.float32))
    basis = np.zeros((len(parts), CODES, max(part.shape[1] for part in parts)), np.float32)
    for place, (column, part) in enumerate(zip(columns, parts, strict=True)):
        read = np.minimum(np.arange(CODES), (1 << column.width) - 1)
        basis[place, :, : part.shape[1]] = part[read]
    return basis


def _hidden_contents(
    columns: list[Column], some: Array, ranks: Array, hidden: int, rng: np.random.Generator
) -> Array:
    """Random first tables, of any scale, float64 ``[columns, codes, hidden]``."""
    along = np.take_along_axis(ranks, some.T, axis=1)
    deviation = np.maximum(along.std(axis=1, keepdims=True), 1.0)
    place = (ranks - along.mean(axis=1, keepdims=True)) / deviation
    units = rng.uniform(1, 3, (len(columns), 1, _START_UNITS)) * (
        place[:, :, None] - rng.uniform(-1.5, 1.5, (len(columns), 1, _START_UNITS))
    )
    features = np.concatenate([np.tanh(units), place.clip(-3, 3)[:, :, None]], axis=2)
    contents: Array = features @ rng.uniform(-1, 1, (len(columns), _START_UNITS + 1, hidden))
    # Of bits that do not belong together each has a weight of its own.
    bits = np.arange(CODES)[:, None] >> np.arange(CODE_BITS) & 1
    for number, column in enumerate(columns):
        if not column.is_smooth:
            mean = bits[some[:, number]].mean(axis=0)
            apart = (bits - mean) / np.sqrt(mean * (1 - mean) + 0.01)
            contents[number] = apart @ rng.uniform(-1, 1, (CODE_BITS, hidden))
    return contents


def _read(contents: Array, codes: Array) -> Array:
    """Sums of the tables' contents at codes, ``[samples, targets]``."""
    total = np.zeros((len(codes), contents.shape[2]))
    for table, column in zip(contents, codes.T, strict=True):
        total += table[column]
    return total


def _fitted(basis: Array, contents: Array) -> Array:
    """Coefficients whose functions come closest to the contents, float32."""
    rows = [np.linalg.lstsq(b, c, rcond=None)[0] for b, c in zip(basis, contents, strict=True)]
    return np.stack(rows).astype(np.float32)
