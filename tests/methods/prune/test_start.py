"""The network that training begins with."""

import numpy as np
import pytest
from reference.naive_prune import CODES, random_columns, random_groups

from logicjsc.methods.prune.columns import Column, Part
from logicjsc.methods.prune.config import PruneConfig, ScheduleConfig, ShapeConfig
from logicjsc.methods.prune.native.library import CodedSamples, look
from logicjsc.methods.prune.start import start_state


def started(seed=0, *, columns=None, outputs=5, end="argmax", **shape):
    config = PruneConfig(
        network=ShapeConfig(**{"hidden": 7, **shape}), prune=ScheduleConfig(seed=seed)
    )
    rng = np.random.default_rng(4)
    chosen = columns or random_columns(rng, 4, 4, 7)
    limits = [1 << column.width for column in chosen]
    codes = (rng.integers(0, CODES, (500, len(chosen))) % limits).astype(np.uint8)
    return start_state(chosen, codes, outputs, config, end=end), codes


def test_the_same_seed_starts_the_same_network():
    (first, _), (second, _), (other, _) = started(), started(), started(1)
    for mine, same, different in zip(
        first.parameters(), second.parameters(), other.parameters(), strict=True
    ):
        assert mine.dtype == np.float32
        assert (mine == same).all()
        assert (mine != different).any() or not mine.any()


def test_a_network_starts_with_all_tables_and_sums_among_the_codes():
    state, codes = started(fraction_bits=2, edge_bits=7, score_bits=5)
    assert (state.first.widths == 7).all()
    assert (state.second.widths == 5).all()
    assert (state.first.steps == -2).all()
    assert (state.second.steps == 0).all()
    contents = state.contents()
    sums = contents.offset + sum(contents.first[c, codes[:, c]] for c in range(4))
    assert sums.shape == (500, 7)
    assert ((sums >= 0) & (sums < CODES)).mean() > 0.9
    # No neuron stands still.
    assert (sums.std(axis=0) > 2).all()


@pytest.mark.parametrize("end", ["thresholds", "nothing"])
@pytest.mark.parametrize("direct", [False, True])
def test_scores_that_are_not_compared_begin_around_nothing(end, direct):
    state, codes = started(outputs=2, end=end, direct=direct, hidden=5)
    assert state.end == end
    samples = CodedSamples(codes, np.zeros((len(codes), 2), np.float32))
    scores = look(state.contents(), samples, step=0.1, loss="squared", scores=True).scores
    assert np.abs(scores.mean(axis=0)).max() < 2
    assert scores.std() > 1


def test_tables_from_codes_to_scores_are_there_if_asked_for_and_begin_as_constants():
    state, _ = started(direct=True, score_bits=5)
    assert state.direct.widths.shape == (4, 5)
    assert (state.direct.widths == 5).all()
    contents = state.contents().direct
    assert (contents == contents[:, :1]).all()
    assert (contents > 0).all()
    assert started()[0].direct.widths.shape == (4, 0)


def test_groups_have_a_number_for_each_code_and_values_they_cannot_have_none_of_their_own():
    rng = np.random.default_rng(1)
    smooth = Column.of(Part("a", 0, (np.arange(128) % 8).astype(np.uint8), 3))
    columns = [smooth, *random_groups(rng, 3, 4, 7)]
    state, codes = started(columns=columns, input_knots=6, edge_bits=8)
    assert state.first.basis.shape == (4, CODES, CODES)
    assert state.first.functions.sum(axis=1)[0] == 6
    np.testing.assert_allclose(state.first.basis.sum(axis=2), 1, rtol=1e-5)
    for basis, column in zip(state.first.basis, columns, strict=True):
        reached = 1 << column.width
        assert (basis[reached:] == basis[reached - 1]).all()
        if not column.is_smooth:
            assert (basis[:reached] == np.eye(CODES)[:reached]).all()
        if column is smooth:  # eight values, six splines
            assert ((basis[:reached] > 0) & (basis[:reached] < 1)).any()
    sums = state.contents().offset + sum(
        state.contents().first[c, codes[:, c]] for c in range(len(columns))
    )
    assert ((sums >= 0) & (sums < CODES)).mean() > 0.9
    assert (sums.std(axis=0) > 2).all()


def test_what_stands_behind_the_scores_is_counted_unless_settings_say_otherwise():
    rng = np.random.default_rng(4)
    columns, codes = random_columns(rng, 4, 4, 7), np.zeros((9, 4), np.uint8)
    for decision in (True, False):
        config = PruneConfig(prune=ScheduleConfig(decision=decision))
        state = start_state(columns, codes, 3, config, end="argmax")
        assert state.counted == decision
