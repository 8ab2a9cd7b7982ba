"""What is taken away, what that is estimated to cost, and what may not change at all."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from reference.naive_prune import CODES, random_state, tables_of, without_dead_ends

from logicjsc.methods.prune.changes import LAYERS, changes_of
from logicjsc.methods.prune.native.library import CodedSamples, Contents, look
from logicjsc.methods.prune.pruning import dead_ends, prune, tighten
from logicjsc.methods.prune.state import Edges


def random_squares(rng, state):
    contents = state.contents()
    names = ("first", "offset", "second", "bias", "direct")
    arrays = {name: getattr(contents, name) for name in names}
    return Contents(
        **{name: rng.exponential(size=a.shape).astype(np.float32) for name, a in arrays.items()}
    )


def every_change(edges, squares, layer):
    """Changes of single tables."""
    for kind in changes_of(edges, squares, layer):
        for source, target in np.argwhere(kind.there).tolist():
            yield kind.at(source, target)


def naive_width(reach):
    """Bits for whole numbers from 0 to ``reach``."""
    width = 0
    while 2**width - 1 < reach:
        width += 1
    return width


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("seed", range(3))
def test_changes_do_to_the_contents_what_their_estimates_assume(layer, seed):
    rng = np.random.default_rng(seed)
    before = random_state(rng, columns=4, hidden=4, direct=0.6)
    of_layer = getattr(random_squares(rng, before), layer)
    kinds = set()
    for change in every_change(getattr(before, layer), of_layer, layer):
        state = deepcopy(before)
        change.apply(state)
        mine, old = getattr(state, layer), getattr(before, layer)
        source, target = change.source, change.target
        was, now = (getattr(s.contents(), layer) for s in (before, state))
        # Only this table.
        others = np.ones(was.shape, bool)
        others[source, :, target] = False
        assert (was[others] == now[others]).all()
        saved = int(old.widths[source, target] - mine.widths[source, target])
        gone = change.width == 0
        assert saved == change.luts == (old.widths[source, target] if gone else 1)
        offset = state.bias - before.bias
        if layer == "first":
            assert not offset.any()
            offset = state.offset - before.offset
        assert offset[target] == pytest.approx(change.constant, rel=1e-3, abs=1e-4)
        assert not np.delete(offset, target).any()
        # The mean over samples of half of (gradient times change) squared, the constant taken out.
        moved = (now - was)[source, :, target].astype(np.float64)
        weights = of_layer[source, :, target].astype(np.float64)
        best = float((weights * moved).sum() / weights.sum())
        assert change.constant == pytest.approx(-best, rel=1e-3, abs=1e-4)
        expected = 0.5 * float((weights * (moved - best) ** 2).sum())
        assert change.loss == pytest.approx(expected, rel=1e-3, abs=1e-5)
        step, old_step = int(mine.steps[source, target]), int(old.steps[source, target])
        kinds.add("gone" if gone else "coarser" if step > old_step else "half")
        assert step == old_step + (not gone and change.cut == 0 and step > old_step)
    assert kinds == {"gone", "coarser", "half"}


def test_half_a_range_may_begin_anywhere():
    rng = np.random.default_rng(0)
    state = random_state(rng, columns=4, hidden=4, most_bits=6)
    state.first.widths[0, 0], state.first.steps[0, 0] = 4, 0
    squares = random_squares(rng, state).first
    mine = [
        c for c in every_change(state.first, squares, "first") if (c.source, c.target) == (0, 0)
    ]
    assert [c.cut for c in mine if c.width == 3 and c.step == 0] == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_enough_is_saved_and_each_table_changes_once(seed, groups):
    rng = np.random.default_rng(seed)
    before = random_state(rng, columns=6, hidden=8, direct=0.5 * (seed % 2), groups=groups)
    squares = random_squares(rng, before)
    bits = sum(int(getattr(before, layer).widths.sum()) for layer in LAYERS)
    for wanted in (1, bits // 10, bits // 5):
        state = deepcopy(before)
        saved = prune(state, squares, wanted)
        left = sum(int(getattr(state, layer).widths.sum()) for layer in LAYERS)
        codes = before.code_luts() - state.code_luts()
        assert bits - left <= saved <= bits - left + codes
        assert saved >= wanted
        for layer in LAYERS:
            mine, old = getattr(state, layer), getattr(before, layer)
            kept = mine.widths[mine.widths != old.widths]
            was = old.widths[mine.widths != old.widths]
            # Gone, or one bit less.
            assert ((kept == 0) | (kept == was - 1)).all()
            assert (mine.steps - old.steps <= 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_costs_least_for_each_lut_goes_first(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=5, hidden=5, direct=0.5)
    for column in state.columns:
        for part in column.parts:
            object.__setattr__(part, "luts", 0)
    squares = random_squares(rng, state)
    best: dict[tuple[str, int, int], float] = {}
    for layer in LAYERS:
        for change in every_change(getattr(state, layer), getattr(squares, layer), layer):
            best[change.place] = min(best.get(change.place, np.inf), change.loss / change.luts)
    pruned = deepcopy(state)
    prune(pruned, squares, 12)
    changed = {
        (layer, *place)
        for layer in LAYERS
        for place in np.argwhere(
            getattr(pruned, layer).widths != getattr(state, layer).widths
        ).tolist()
    }
    assert 1 < len(changed) < len(best)
    assert max(best[place] for place in changed) <= min(
        ratio for place, ratio in best.items() if place not in changed
    )


@pytest.mark.parametrize("groups", [False, True])
def test_bits_that_cost_more_than_their_tables_tell_go_with_all_of_these(groups):
    rng = np.random.default_rng(7)
    state = random_state(rng, columns=5, hidden=4, density=1.0, direct=1.0, groups=groups)
    part = state.columns[1].parts[0]
    object.__setattr__(part, "luts", 10**6)
    readers = [
        number
        for number, column in enumerate(state.columns)
        if part.name in {other.name for other in column.parts}
    ]
    saved = prune(state, random_squares(rng, state), 10**6)
    assert saved > 10**6
    if any(part.name in {p.name for p in state.columns[number].parts} for number in readers):
        assert not state.first.widths[readers].any()
        assert not state.direct.widths[readers].any()
    else:  # out of the codes
        assert groups
    others = np.delete(np.arange(len(state.columns)), readers)
    assert (state.first.widths[others] > 0).sum() > state.first.widths[others].size / 2


def test_scores_lose_their_lowest_bit_if_that_costs_least():
    rng = np.random.default_rng(8)
    state = random_state(rng, classes=5, steps=(0, 1), end="argmax")
    squares = random_squares(rng, state)
    width = state.score_width()
    # Changes that change no content cost nothing either, and come first.
    prune(state, replace(squares, bias=np.full(5, 1e-9, np.float32)), state.table_luts() // 2)
    assert state.grain == 1
    assert state.score_grain == 2
    assert state.score_width() < width
    counted = replace(random_state(rng, classes=5, end="argmax"), counted=False)
    prune(counted, replace(random_squares(rng, counted), bias=np.zeros(5, np.float32)), 60)
    assert counted.grain == 0


def test_more_than_there_is_takes_everything_away_that_one_round_can():
    rng = np.random.default_rng(2)
    state = random_state(rng)
    bits = int(state.first.widths.sum() + state.second.widths.sum())
    assert 0 < prune(state, random_squares(rng, state), 10**6) <= bits


def random_samples(rng, state, samples=400):
    limits = [1 << min(column.width, 5) for column in state.columns]
    codes = rng.integers(0, CODES, (samples, len(limits))) % limits
    return CodedSamples(
        codes.astype(np.uint8), rng.integers(0, len(state.bias), samples).astype(np.uint8)
    )


@pytest.mark.parametrize("seed", range(12))
def test_tightening_changes_no_score(seed):
    rng = np.random.default_rng(seed)
    direct = 0.5 * (seed % 2)
    state = random_state(rng, columns=7, hidden=6, density=0.9, steps=(-3, 1), direct=direct)
    samples = random_samples(rng, state)
    before, unit = deepcopy(state), state.score_unit
    tighten(state)
    assert (state.first.widths <= before.first.widths).all()
    assert (state.second.widths <= before.second.widths).all()
    assert state.luts() < before.luts()
    assert state.score_unit == unit
    seen = [look(s.contents(), samples, step=0.01, scores=True) for s in (before, state)]
    np.testing.assert_allclose(seen[0].scores, seen[1].scores, atol=1e-3)
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


def test_a_code_may_lead_to_a_score_alone():
    rng = np.random.default_rng(5)
    state = random_state(rng, columns=4, hidden=4, density=1.0, direct=1.0)
    state.first.widths[[0, 2]] = 0
    state.direct.widths[[0, 1]] = 0
    columns, hidden = dead_ends(state)
    assert columns.tolist() == [1, 2, 3]
    assert hidden.tolist() == [0, 1, 2, 3]
    left = state.kept(columns, hidden)
    assert left.direct.widths.shape == (3, 3)
    assert left.direct.widths.any(axis=1).tolist() == [False, True, True]


@pytest.mark.parametrize("seed", range(3))
def test_tables_that_lost_a_bit_may_still_go_with_their_code(seed):
    rng = np.random.default_rng(seed)
    state = random_state(rng, columns=6, hidden=6, density=0.9, direct=0.5, groups=True)
    bits = sum(int(getattr(state, layer).widths.sum()) for layer in LAYERS)
    before = deepcopy(state)
    saved = prune(state, random_squares(rng, state), bits + state.code_luts())
    # Everything, and counted once.
    left = sum(int(getattr(state, layer).widths.sum()) for layer in LAYERS)
    assert saved == bits - left + before.code_luts() - state.code_luts()
    assert state.code_luts() == 0
