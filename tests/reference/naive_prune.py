"""Networks of one-input tables and sums, sample by sample and number by number; and random ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from logicjsc.methods.prune.columns import Column, Part
from logicjsc.methods.prune.native.library import CodedSamples, Contents, Look
from logicjsc.methods.prune.pruning import dead_ends
from logicjsc.methods.prune.splines import spline_basis
from logicjsc.methods.prune.state import Edges, End, State

CODES = 32


def naive_classes(contents: Contents, codes: np.ndarray) -> list[int]:
    """The class of every sample: of equal scores the lowest."""
    found = []
    for sample in codes.tolist():
        _, places = _hidden(contents, sample)
        scores = _scores(contents, sample, places)
        found.append(scores.index(max(scores)))
    return found


def naive_scores(contents: Contents, codes: np.ndarray, grain: float = 0.0) -> list[list[float]]:
    """Scores of every sample in steps, rounded down to multiples of the grain."""
    found = []
    for sample in codes.tolist():
        scores = _scores(contents, sample, _hidden(contents, sample)[1])
        found.append([math.floor(s / grain) * grain for s in scores] if grain else scores)
    return found


def naive_look(  # noqa: C901 - one number after the other
    contents: Contents,
    samples: CodedSamples,
    *,
    step: float,
    slope: np.ndarray,
    loss: str = "softmax",
    smoothing: float = 0.0,
    penalty: float = 0.0,
    grain: float = 0.0,
    huber: float = 0.0,
) -> Look:
    """What `look` gives, in float64."""
    first, offset, second, bias, direct = (np.zeros(a.shape) for a in _arrays(contents))
    squares = Contents(*(np.zeros(a.shape) for a in _arrays(contents)))
    _, values, _ = contents.first.shape
    count, total = len(samples), 0.0
    every = naive_scores(contents, samples.codes, grain)
    for number, (sample, steps) in enumerate(zip(samples.codes.tolist(), every, strict=True)):
        sums, places = _hidden(contents, sample)
        scores = [step * score for score in steps]
        weight = 1.0 if samples.weights is None else float(samples.weights[number])
        given = None if samples.targets is None else samples.targets[number].tolist()
        wanted = samples.wanted[number].tolist()
        if loss == "softmax":
            mine, slopes = _softmax(scores, wanted, given, smoothing)
        else:
            by = _logistic if loss == "logistic" else _squared
            wanted = wanted[: len(scores)]
            mine, slopes = by(scores, wanted, given or wanted, smoothing, huber)
        total += weight * mine
        of_scores = np.array([step * each for each in slopes])
        curvature = of_scores**2
        if loss == "squared":
            curvature[:] = 2 * step**2 / len(scores)
        bias += weight * of_scores
        squares.bias[:] += weight * curvature
        if contents.direct.shape[2]:
            for column, code in enumerate(sample):
                direct[column, code] += weight * of_scores
                squares.direct[column, code] += weight * curvature
        for hidden, (reached, place) in enumerate(zip(sums, places, strict=True)):
            second[hidden, place] += weight * of_scores
            squares.second[hidden, place] += weight * curvature
            by_code = slope[hidden, place]
            of_sum = float(np.dot(of_scores, by_code))
            square = of_sum**2
            if loss == "squared":
                square = float(np.dot(curvature, by_code**2))
            if reached < 0:
                of_sum = penalty * reached
                square = of_sum**2
            if reached >= values:
                of_sum = penalty * (reached - (values - 1))
                square = of_sum**2
            offset[hidden] += weight * of_sum
            for column, code in enumerate(sample):
                first[column, code, hidden] += weight * of_sum
                squares.first[column, code, hidden] += weight * square
    means = Contents(*(part / count for part in (first, offset, second, bias, direct)))
    squared = Contents(*(part / count for part in _arrays(squares)))
    return Look(total / count, means, squared, np.array(every))


def _softmax(
    scores: list[float], label: int, given: list[float] | None, smoothing: float
) -> tuple[float, list[float]]:
    """Cross-entropy of a class, and its slope by each score."""
    classes = len(scores)
    total = sum(math.exp(score) for score in scores)
    learned = given or [float(place == label) for place in range(classes)]
    wanted = [(1 - smoothing) * part + smoothing / classes for part in learned[:classes]]
    slopes = [math.exp(score) / total - want for score, want in zip(scores, wanted, strict=True)]
    return math.log(total) - scores[label], slopes


def _logistic(
    scores: list[float], wanted: list[float], given: list[float], smoothing: float, _: float
) -> tuple[float, list[float]]:
    """Mean cross-entropy of several answers of yes or no, and its slope by each score."""
    loss, slopes = 0.0, []
    for score, want, learned in zip(scores, wanted, given, strict=False):
        yes = 1 / (1 + math.exp(-score))
        loss -= want * math.log(yes) + (1 - want) * math.log(1 - yes)
        slopes.append((yes - (1 - smoothing) * learned - smoothing / 2) / len(scores))
    return loss / len(scores), slopes


def _squared(
    scores: list[float], wanted: list[float], given: list[float], _: float, huber: float
) -> tuple[float, list[float]]:
    """Mean squared error, straight beyond ``huber``, and its slope by each score."""
    loss, slopes = 0.0, []
    for score, want, learned in zip(scores, wanted, given, strict=False):
        error, lead = abs(score - want), score - learned
        if huber and error > huber:
            loss += 2 * huber * error - huber**2
        else:
            loss += error**2
        if huber:
            lead = min(max(lead, -huber), huber)
        slopes.append(2 * lead / len(scores))
    return loss / len(scores), slopes


def _arrays(contents: Contents) -> tuple[np.ndarray, ...]:
    return contents.first, contents.offset, contents.second, contents.bias, contents.direct


def _hidden(contents: Contents, sample: list[int]) -> tuple[list[float], list[int]]:
    """Sums of the hidden neurons, and their codes."""
    sums = [float(offset) for offset in contents.offset]
    for column, code in enumerate(sample):
        for hidden in range(len(sums)):
            sums[hidden] += float(contents.first[column, code, hidden])
    return sums, [math.floor(reached) % contents.first.shape[1] for reached in sums]


def _scores(contents: Contents, sample: list[int], places: list[int]) -> list[float]:
    scores = [float(bias) for bias in contents.bias]
    for hidden, place in enumerate(places):
        for label in range(len(scores)):
            scores[label] += float(contents.second[hidden, place, label])
    if contents.direct.shape[2]:
        for column, code in enumerate(sample):
            for label in range(len(scores)):
                scores[label] += float(contents.direct[column, code, label])
    return scores


def random_contents(
    rng: np.random.Generator,
    columns: int,
    hidden: int,
    classes: int,
    spread: float = 8.0,
    *,
    direct: bool = False,
) -> Contents:
    """Contents on the grid of eighths; sums often leave the codes at both ends."""

    def eighths(*shape: int) -> np.ndarray:
        return (np.rint(8 * rng.normal(0, spread, shape)) / 8).astype(np.float32)

    return Contents(
        eighths(columns, CODES, hidden),
        np.rint(rng.normal(CODES / 2, 4, hidden)).astype(np.float32),
        np.rint(rng.normal(0, spread, (hidden, CODES, classes))).astype(np.float32),
        np.rint(rng.normal(0, spread, classes)).astype(np.float32),
        np.rint(rng.normal(0, spread, (columns, CODES, classes if direct else 0))).astype(
            np.float32
        ),
    )


def random_columns(
    rng: np.random.Generator, columns: int, features: int, bits: int
) -> list[Column]:
    """Any codes of words; of one feature there may be several."""
    return [
        Column.of(
            Part(
                f"code{number}",
                int(rng.integers(features)),
                rng.integers(0, CODES, 1 << bits).astype(np.uint8),
                luts=int(rng.integers(0, 6)),
            )
        )
        for number in range(columns)
    ]


def random_groups(rng: np.random.Generator, columns: int, features: int, bits: int) -> list[Column]:
    """Codes of one to five single bits of any features; some bits cost a LUT."""
    single = [
        Part(
            f"{feature}_bit_{low}",
            feature,
            (np.arange(1 << bits) >> low & 1).astype(np.uint8),
            1,
            luts=int(rng.integers(0, 2)),
        )
        for feature in range(features)
        for low in range(bits)
    ]
    return [
        Column(
            f"group{number}",
            tuple(single[p] for p in rng.permutation(len(single))[: rng.integers(1, 6)].tolist()),
        )
        for number in range(columns)
    ]


def of_columns(columns: list[Column], patterns: np.ndarray) -> np.ndarray:
    """Codes of words, bit by bit, uint8 ``[samples, columns]``."""
    found = np.zeros((len(patterns), len(columns)), np.uint8)
    for row, words in enumerate(patterns.tolist()):
        for place, column in enumerate(columns):
            code = 0
            for part in column.parts:
                code = code * 2**part.width + int(part.code_of[words[part.feature]])
            found[row, place] = code
    return found


def random_edges(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    density: float,
    steps: tuple[int, int],
    most_bits: int,
    each: bool = False,
) -> Edges:
    """Tables whose contents reach both ends of their ranges, and some far from filling them.

    With ``each`` every content is a coefficient of its own.
    """
    sources, targets = shape
    widths = rng.integers(1, most_bits + 1, shape) * (rng.random(shape) < density)
    exponents = rng.integers(steps[0], steps[1] + 1, shape)
    one = np.eye(CODES, dtype=np.float32) if each else spline_basis(CODES, 6)
    basis = np.stack([one] * sources)
    ranges = np.exp2(widths + exponents)[:, None]
    low, high = np.sort(rng.uniform(-0.3, 1.3, (2, sources, 1, targets)), axis=0)
    coefficients = ranges * rng.uniform(low, high, (sources, one.shape[1], targets))
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
    direct: float = 0.0,
    groups: bool = False,
    end: End = "nothing",
) -> State:
    """A network without dead ends; ``direct`` is the density of tables from codes to scores."""
    chosen = (random_groups if groups else random_columns)(rng, columns, features, bits)
    state = State(
        chosen,
        random_edges(
            rng, (columns, hidden), density=density, steps=steps, most_bits=most_bits, each=groups
        ),
        rng.uniform(-40, 60, hidden).astype(np.float32),
        random_edges(rng, (hidden, classes), density=density, steps=steps, most_bits=most_bits),
        rng.uniform(-20, 20, classes).astype(np.float32),
        random_edges(
            rng,
            (columns, classes if direct else 0),
            density=direct,
            steps=steps,
            most_bits=most_bits,
            each=groups,
        ),
        end=end,
    )
    # Every class is there, and something to read.
    state.second.widths[0] = np.maximum(state.second.widths[0], 2)
    state.first.widths[0, 0] = max(1, int(state.first.widths[0, 0]))
    return without_dead_ends(state)


def without_dead_ends(state: State) -> State:
    """What is left of a network."""
    return state.kept(*dead_ends(state))


def tables_of(state: State) -> Iterator[tuple[Edges, int, int]]:
    """The tables that are there: layer, source and target."""
    for edges in (state.first, state.second, state.direct):
        for source, target in np.argwhere(edges.widths > 0).tolist():
            yield edges, source, target
