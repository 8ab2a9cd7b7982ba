"""Networks of one-input tables and sums, sample by sample and number by number; and random ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from logicjsc.methods.prune.columns import Column
from logicjsc.methods.prune.native.library import Contents, Look
from logicjsc.methods.prune.pruning import dead_ends
from logicjsc.methods.prune.splines import spline_basis
from logicjsc.methods.prune.state import Edges, State

CODES = 32


def naive_classes(contents: Contents, codes: np.ndarray) -> list[int]:
    """The class of every sample: of equal scores the lowest."""
    found = []
    for sample in codes.tolist():
        _, places = _hidden(contents, sample)
        scores = _scores(contents, places)
        found.append(scores.index(max(scores)))
    return found


def naive_look(
    contents: Contents,
    codes: np.ndarray,
    labels: np.ndarray,
    *,
    step: float,
    slope: np.ndarray,
    targets: np.ndarray | None = None,
    smoothing: float = 0.0,
    penalty: float = 0.0,
) -> Look:
    """What `look` gives, in float64."""
    first, offset, second, bias = (np.zeros(a.shape) for a in _arrays(contents))
    squares = Contents(first.copy(), offset.copy(), second.copy(), bias.copy())
    _, values, _ = contents.first.shape
    classes, samples, loss = len(bias), len(labels), 0.0
    if targets is None:
        targets = np.eye(classes)[labels]
    for sample, label, learned in zip(
        codes.tolist(), labels.tolist(), targets.tolist(), strict=True
    ):
        sums, places = _hidden(contents, sample)
        scores = [step * score for score in _scores(contents, places)]
        total = sum(math.exp(score) for score in scores)
        loss += math.log(total) - scores[label]
        wanted = [(1 - smoothing) * part + smoothing / classes for part in learned[:classes]]
        of_scores = [
            step * (math.exp(score) / total - want)
            for score, want in zip(scores, wanted, strict=True)
        ]
        bias += of_scores
        for hidden, (reached, place) in enumerate(zip(sums, places, strict=True)):
            second[hidden, place] += of_scores
            squares.second[hidden, place] += np.square(of_scores)
            of_sum = float(np.dot(of_scores, slope[hidden, place]))
            if reached < 0:
                of_sum = penalty * reached
            if reached >= values:
                of_sum = penalty * (reached - (values - 1))
            offset[hidden] += of_sum
            for column, code in enumerate(sample):
                first[column, code, hidden] += of_sum
                squares.first[column, code, hidden] += of_sum**2
    means = Contents(first / samples, offset / samples, second / samples, bias / samples)
    squared = Contents(
        squares.first / samples, squares.offset, squares.second / samples, squares.bias
    )
    found = np.array(naive_classes(contents, codes))
    return Look(loss / samples, means, squared, found)


def _arrays(contents: Contents) -> tuple[np.ndarray, ...]:
    return contents.first, contents.offset, contents.second, contents.bias


def _hidden(contents: Contents, sample: list[int]) -> tuple[list[float], list[int]]:
    """Sums of the hidden neurons, and their codes."""
    sums = [float(offset) for offset in contents.offset]
    for column, code in enumerate(sample):
        for hidden in range(len(sums)):
            sums[hidden] += float(contents.first[column, code, hidden])
    return sums, [math.floor(reached) % contents.first.shape[1] for reached in sums]


def _scores(contents: Contents, places: list[int]) -> list[float]:
    scores = [float(bias) for bias in contents.bias]
    for hidden, place in enumerate(places):
        for label in range(len(scores)):
            scores[label] += float(contents.second[hidden, place, label])
    return scores


def random_contents(
    rng: np.random.Generator, columns: int, hidden: int, classes: int, spread: float = 8.0
) -> Contents:
    """Contents on the grid of eighths; sums often leave the codes at both ends."""

    def eighths(*shape: int) -> np.ndarray:
        return (np.rint(8 * rng.normal(0, spread, shape)) / 8).astype(np.float32)

    return Contents(
        eighths(columns, CODES, hidden),
        np.rint(rng.normal(CODES / 2, 4, hidden)).astype(np.float32),
        np.rint(rng.normal(0, spread, (hidden, CODES, classes))).astype(np.float32),
        np.rint(rng.normal(0, spread, classes)).astype(np.float32),
    )


def random_columns(
    rng: np.random.Generator, columns: int, features: int, bits: int
) -> list[Column]:
    """Any codes of words; of one feature there may be several."""
    return [
        Column(
            f"code{number}",
            int(rng.integers(features)),
            rng.integers(0, CODES, 1 << bits).astype(np.uint8),
            int(rng.integers(0, 6)),
        )
        for number in range(columns)
    ]


def random_edges(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    density: float,
    steps: tuple[int, int],
    most_bits: int,
) -> Edges:
    """Tables whose contents reach both ends of their ranges, and some far from filling them."""
    sources, targets = shape
    widths = rng.integers(1, most_bits + 1, shape) * (rng.random(shape) < density)
    exponents = rng.integers(steps[0], steps[1] + 1, shape)
    basis = np.stack([spline_basis(CODES, 6)] * sources)
    ranges = np.exp2(widths + exponents)[:, None]
    low, high = np.sort(rng.uniform(-0.3, 1.3, (2, sources, 1, targets)), axis=0)
    coefficients = ranges * rng.uniform(low, high, (sources, 6, targets))
    return Edges(basis, coefficients.astype(np.float32), widths, exponents)


def random_state(
    rng: np.random.Generator,
    *,
    columns: int = 5,
    hidden: int = 6,
    classes: int = 3,
    features: int = 4,
    bits: int = 7,
    density: float = 0.6,
    steps: tuple[int, int] = (-3, 2),
    most_bits: int = 6,
) -> State:
    """A network without dead ends."""
    state = State(
        random_columns(rng, columns, features, bits),
        random_edges(rng, (columns, hidden), density=density, steps=steps, most_bits=most_bits),
        rng.uniform(-40, 60, hidden).astype(np.float32),
        random_edges(rng, (hidden, classes), density=density, steps=steps, most_bits=most_bits),
        rng.uniform(-20, 20, classes).astype(np.float32),
    )
    # Every class is there, and something to read.
    state.second.widths[0] = np.maximum(state.second.widths[0], 2)
    state.first.widths[0, 0] = max(1, int(state.first.widths[0, 0]))
    return without_dead_ends(state)


def without_dead_ends(state: State) -> State:
    """What is left of a network."""
    columns, hidden = dead_ends(state)
    every = np.arange(len(state.bias))
    return State(
        [state.columns[column] for column in columns],
        state.first.kept(columns, hidden),
        state.offset[hidden],
        state.second.kept(hidden, every),
        state.bias,
    )


def tables_of(state: State) -> Iterator[tuple[Edges, int, int]]:
    """The tables that are there: layer, source and target."""
    for edges in (state.first, state.second):
        for source, target in np.argwhere(edges.widths > 0).tolist():
            yield edges, source, target
