"""What is taken away, what that is estimated to cost, and what may not change at all."""

from copy import deepcopy

import numpy as np
import pytest
from reference.naive_prune import CODES, random_state, tables_of, without_dead_ends

from logicjsc.methods.prune.native.library import Contents, look
from logicjsc.methods.prune.pruning import _apply, _changes, dead_ends, prune, tighten
from logicjsc.methods.prune.state import Edges


def random_squares(rng, state):
    contents = state.contents()
    return Contents(
        *(
            rng.exponential(size=array.shape).astype(np.float32)
            for array in (contents.first, contents.offset, contents.second, contents.bias)
        )
    )


def naive_width(reach):
    """Bits for whole numbers from 0 to ``reach``."""
    width = 0
    while 2**width - 1 < reach:
        width += 1
    return width


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_changes_do_to_the_contents_what_their_estimates_assume(second, seed):
    rng = np.random.default_rng(seed)
    before = random_state(rng, columns=4, hidden=4)
    squares = random_squares(rng, before)
    of_layer = squares.second if second else squares.first
    kinds = set()
    for change in _changes(before.second if second else before.first, of_layer, second=second):
        state = deepcopy(before)
        _apply(state, change)
        mine = state.second if second else state.first
        place = (slice(None), change.target)
        source, target = change.source, change.target
        was = before.contents().second if second else before.contents().first
        now = state.contents().second if second else state.contents().first
        old_width = int((before.second if second else before.first).widths[source, target])
        old_step = int((before.second if second else before.first).steps[source, target])
        # Only this table.
        others = np.ones(was.shape, bool)
        others[source, :, target] = False
        assert (was[others] == now[others]).all()
        saved = old_width - int(mine.widths[source, target])
        assert saved == change.luts == (old_width if change.width == 0 else 1)
        offset = (state.bias - before.bias) if second else (state.offset - before.offset)
        assert offset[target] == pytest.approx(change.constant, rel=1e-3, abs=1e-4)
        assert not np.delete(offset, target).any()
        # The mean over samples of half of (gradient times change) squared, the constant taken out.
        moved = (now - was)[(source, *place)].astype(np.float64)
        weights = of_layer[(source, *place)].astype(np.float64)
        best = float((weights * moved).sum() / weights.sum())
        assert change.constant == pytest.approx(-best, rel=1e-3, abs=1e-4)
        expected = 0.5 * float((weights * (moved - best) ** 2).sum())
        assert change.loss == pytest.approx(expected, rel=1e-3, abs=1e-5)
        step = int(mine.steps[source, target])
        kinds.add("gone" if change.width == 0 else "coarser" if step > old_step else "half")
        assert step == old_step + (change.width > 0 and change.cut == 0 and step > old_step)
    assert kinds == {"gone", "coarser", "half"}


def test_half_a_range_may_begin_anywhere():
    rng = np.random.default_rng(0)
    state = random_state(rng, columns=4, hidden=4, most_bits=6)
    state.first.widths[0, 0], state.first.steps[0, 0] = 4, 0
    squares = random_squares(rng, state).first
    mine = [
        c for c in _changes(state.first, squares, second=False) if (c.source, c.target) == (0, 0)
    ]
    assert [c.cut for c in mine if c.width == 3 and c.step == 0] == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("seed", range(4))
def test_enough_is_saved_and_each_table_changes_once(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=6, hidden=8)
    squares = random_squares(rng, state)
    before = deepcopy(state)
    bits = int(before.first.widths.sum() + before.second.widths.sum())
    for wanted in (1, bits // 10, bits // 5):
        state = deepcopy(before)
        saved = prune(state, squares, wanted)
        left = int(state.first.widths.sum() + state.second.widths.sum())
        assert bits - left == saved >= wanted
        for mine, old in ((state.first, before.first), (state.second, before.second)):
            kept = mine.widths[mine.widths != old.widths]
            was = old.widths[mine.widths != old.widths]
            # Gone, or one bit less.
            assert ((kept == 0) | (kept == was - 1)).all()
            assert (mine.steps - old.steps <= 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_costs_least_for_each_lut_goes_first(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=5, hidden=5)
    squares = random_squares(rng, state)
    best: dict[tuple[bool, int, int], float] = {}
    for second, edges, of_layer in (
        (False, state.first, squares.first),
        (True, state.second, squares.second),
    ):
        for change in _changes(edges, of_layer, second=second):
            place = (second, change.source, change.target)
            best[place] = min(best.get(place, np.inf), change.loss / change.luts)
    pruned = deepcopy(state)
    prune(pruned, squares, 12)
    changed = {
        (second, *place)
        for second, mine, old in (
            (False, pruned.first, state.first),
            (True, pruned.second, state.second),
        )
        for place in np.argwhere(mine.widths != old.widths).tolist()
    }
    assert 1 < len(changed) < len(best)
    assert max(best[place] for place in changed) <= min(
        ratio for place, ratio in best.items() if place not in changed
    )


def test_more_than_there_is_takes_everything_away_that_one_round_can():
    rng = np.random.default_rng(2)
    state = random_state(rng)
    bits = int(state.first.widths.sum() + state.second.widths.sum())
    assert 0 < prune(state, random_squares(rng, state), 10**6) <= bits


def random_samples(rng, state, samples=400):
    return (
        rng.integers(0, CODES, (samples, len(state.columns))).astype(np.uint8),
        rng.integers(0, len(state.bias), samples).astype(np.uint8),
    )


@pytest.mark.parametrize("seed", range(12))
def test_tightening_changes_no_score(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=7, hidden=6, density=0.9, steps=(-3, 1))
    codes, labels = random_samples(rng, state)
    before, unit = deepcopy(state), state.score_unit
    tighten(state)
    assert (state.first.widths <= before.first.widths).all()
    assert (state.second.widths <= before.second.widths).all()
    assert state.luts() < before.luts()
    assert state.score_unit == unit
    seen = [look(s.contents(), codes, labels, step=0.01, classes=True) for s in (before, state)]
    assert seen[0].classes.tolist() == seen[1].classes.tolist()
    assert seen[0].loss == pytest.approx(seen[1].loss, rel=1e-6)
    # A second time there is nothing to gain.
    again = deepcopy(state)
    tighten(again)
    assert (again.first.widths == state.first.widths).all()
    assert (again.second.widths == state.second.widths).all()


@pytest.mark.parametrize("seed", range(3))
def test_score_tables_are_as_narrow_as_their_contents(seed):
    state = random_state(np.random.default_rng(seed))
    tighten(state)
    for edges, source, target in tables_of(state):
        contents = edges.rounded(edges.smooth())[source, :, target]
        width = int(edges.widths[source, target])
        assert contents.max() < 2**width
        smooth = edges.smooth()[source, :, target]
        if edges is state.second and smooth.max() < 2**width - 0.5:
            assert width == naive_width(contents.max() - contents.min())


def test_what_leads_nowhere_is_found_and_taken_away():
    state = random_state(np.random.default_rng(5), columns=4, hidden=4, density=1.0)
    state.first.widths[:, 1] = 0  # a neuron that reads nothing
    state.second.widths[2] = 0  # one that nobody reads
    state.first.widths[3, [0, 3]] = 0  # a code that only that one reads
    columns, hidden = dead_ends(state)
    assert columns.tolist() == [0, 1, 2]
    assert hidden.tolist() == [0, 3]
    assert not state.first.widths[:, [1, 2]].any()
    assert not state.second.widths[[1, 2]].any()
    left = without_dead_ends(state)
    assert isinstance(left.first, Edges)
    assert left.first.widths.all()
    assert left.second.widths.shape == (2, 3)
