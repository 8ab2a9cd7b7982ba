"""Codes that lose a bit: their tables, their samples, and what that is estimated to cost."""

from copy import deepcopy

import numpy as np
import pytest
from reference.naive_prune import CODES, of_columns, random_state
from reference.small_samples import TARGETS

from logicjsc.dataset import Samples, Schema
from logicjsc.methods.prune.columns import parts_of
from logicjsc.methods.prune.config import ScheduleConfig
from logicjsc.methods.prune.front import Judging
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.merging import merge, mergeable, merging_loss, without
from logicjsc.methods.prune.native.library import CodedSamples, Contents, look
from logicjsc.methods.prune.pruning import prune
from logicjsc.methods.prune.start import start_state
from logicjsc.methods.prune.trainer import Trainer

NAMES = ("first", "offset", "second", "bias", "direct")


def problem(seed, **shape):
    """A network of groups that starts to learn, and words of samples."""
    from logicjsc.methods.prune.config import PruneConfig, ShapeConfig

    rng = np.random.default_rng(seed)
    columns = random_state(rng, columns=8, features=2, groups=True, density=1.0).columns
    patterns = rng.integers(0, 128, (400, 4))
    config = PruneConfig(network=ShapeConfig(hidden=4, direct=True, **shape))
    codes = of_columns(columns, patterns)
    state = start_state(columns, codes, 3, config, end="argmax")
    rng = np.random.default_rng(seed + 1)
    for edges in (state.first, state.direct):
        edges.coefficients += rng.normal(0, 3, edges.coefficients.shape).astype(np.float32)
    return state, patterns, rng


def squares_of(state, rng):
    arrays = {name: getattr(state.contents(), name) for name in NAMES}
    return Contents(
        **{name: rng.exponential(size=a.shape).astype(np.float32) for name, a in arrays.items()}
    )


def shared(state):
    """A bit that several codes read, none of them alone."""
    for part in parts_of(state.columns):
        if len(mergeable(state.columns, part)) > 1:
            return part
    raise AssertionError


@pytest.mark.parametrize("seed", range(5))
def test_tables_say_the_mean_of_both_values_and_codes_forget_the_bit(seed):
    state, patterns, rng = problem(seed)
    squares, part = squares_of(state, rng), shared(state)
    before, weights = deepcopy(state), deepcopy(squares)
    was = [of_columns(before.columns, patterns), before.contents()]
    merge(state, squares, part)
    now = [of_columns(state.columns, patterns), state.contents()]
    assert part.name not in {other.name for other in parts_of(state.columns)}
    for number, column in enumerate(state.columns):
        old = before.columns[number]
        assert column.name == old.name
        mine = without(was[0][:, number], old, column)
        assert mine.tolist() == now[0][:, number].tolist()
        assert mine.dtype == np.uint8
        for layer in ("first", "direct"):
            tables = [getattr(contents, layer)[number] for contents in (was[1], now[1])]
            if len(column.parts) == len(old.parts):
                assert (tables[0] == tables[1]).all()
                continue
            both = getattr(weights, layer)[number].astype(float)
            step = 2.0 ** getattr(state, layer).steps[number]
            for words in np.unique(patterns, axis=0)[:40]:
                other = words.copy()
                other[part.feature] ^= 1 << int(part.code_of.tolist().index(1)).bit_length() - 1
                here, there = of_columns([old], np.stack([words, other]))[:, 0].tolist()
                assert here != there
                code = int(of_columns([column], words[None])[0, 0])
                total = both[here] + both[there]
                mean = (tables[0][here] * both[here] + tables[0][there] * both[there]) / total
                assert np.abs(tables[1][code] - mean).max() <= 0.5 * step.max() + 1e-4
            # Nothing asks for a range that no code reads.
            read = both[: 1 << old.width]
            values = 1 << column.width
            assert (tables[1][values:] == tables[1][values - 1]).all()
            assert getattr(squares, layer)[number].sum() == pytest.approx(read.sum(), rel=1e-4)
            assert not getattr(squares, layer)[number, values:].any()


def test_the_estimate_is_half_of_the_weighted_squared_change():
    state, _, rng = problem(1, edge_bits=8, score_bits=8, fraction_bits=4)
    squares, part = squares_of(state, rng), shared(state)
    places = mergeable(state.columns, part)
    expected = 0.0
    for layer in ("first", "direct"):
        contents, weights = getattr(state.contents(), layer), getattr(squares, layer)
        for number, bit in places:
            for code in range(1 << state.columns[number].width):
                other = code ^ 1 << bit
                pair = weights[number, [code, other]].astype(float)
                both = contents[number, [code, other]].astype(float)
                mean = (pair * both).sum(axis=0) / pair.sum(axis=0)
                expected += 0.5 * float((pair[0] * (both[0] - mean) ** 2).sum())
    assert merging_loss(state, squares, places) == pytest.approx(expected, rel=1e-4)


def test_a_code_of_nothing_else_does_not_lose_its_only_bit():
    state, _, _ = problem(2)
    for part in parts_of(state.columns):
        lonely = any(
            [other.name for other in column.parts] == [part.name] for column in state.columns
        )
        found = mergeable(state.columns, part)
        assert (not found) == lonely
        for number, bit in found:
            names = [other.name for other in state.columns[number].parts]
            assert bit == len(names) - 1 - names.index(part.name)


def test_bits_go_one_after_the_other_and_samples_follow():
    state, patterns, rng = problem(3)
    codes = of_columns(state.columns, patterns)
    goal = Goal(TARGETS["classes"], 0.125, np.zeros(3), np.ones(3))
    classes = (patterns[:, 0] // 50).astype(np.uint8)
    samples = Samples(patterns, classes, Schema.numbers(("a", "b", "c", "d"), goal.target))
    judging = Judging(goal, samples, codes, list(state.columns))
    trainer = Trainer(state, goal.coded(codes, samples), ScheduleConfig(batch_size=64))
    trainer.learn(3, 0.1, 0.1)
    costly = [part for part in parts_of(state.columns) if mergeable(state.columns, part)][:3]
    for part in costly:
        object.__setattr__(part, "luts", 10**6)
    prune(state, trainer.squares(), 3 * 10**6)
    trainer.follow()
    left = {part.name for part in parts_of(state.columns)}
    assert sum(part.name in left for part in costly) < 3
    assert trainer.train.codes.tolist() == of_columns(state.columns, patterns).tolist()
    numbers = np.arange(len(state.columns))
    again = judging.coded(numbers, state.columns)
    assert again.codes.tolist() == trainer.train.codes.tolist()
    loss = trainer.learn(20, 0.1, 0.1)
    assert np.isfinite(loss)
    scores = look(state.contents(), again, step=0.1, scores=True).scores
    every = rng.integers(0, CODES, (9, len(numbers))).astype(np.uint8)
    assert scores.shape == (400, 3)
    assert look(state.contents(), CodedSamples(every, np.zeros(9, np.uint8)), step=0.1).loss
