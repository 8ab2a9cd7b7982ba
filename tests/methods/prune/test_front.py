"""One run from large to small: sizes in order, none larger than wanted, the same twice."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from reference.naive_prune import CODES, random_columns
from reference.small_samples import TARGETS

from logicjsc.core.errors import TrainingError
from logicjsc.dataset import Samples, Schema
from logicjsc.methods.prune.config import PruneConfig, ScheduleConfig, ShapeConfig
from logicjsc.methods.prune.front import Judging, sweep_front
from logicjsc.methods.prune.goal import Goal
from logicjsc.methods.prune.native.library import CodedSamples, padded_outputs
from logicjsc.methods.prune.start import start_state
from logicjsc.methods.prune.trainer import Trainer

CONFIG = PruneConfig(
    network=ShapeConfig(hidden=4, edge_bits=3, score_bits=3),
    prune=ScheduleConfig(
        luts=(30, 80, 50),
        dense_steps=100,
        round_steps=3,
        round_fraction=0.1,
        final_steps=6,
        batch_size=32,
        judged_samples=1000,
        learning_rate=0.2,
    ),
)


GOAL = Goal(TARGETS["classes"], 0.125, np.zeros(3), np.ones(3))


def samples(seed, count=400):
    """Three classes, told by the first two of four codes."""
    codes = np.random.default_rng(seed).integers(0, CODES, (count, 4)).astype(np.uint8)
    return CodedSamples(
        codes, ((codes[:, 0] > 12).astype(np.uint8) + (codes[:, 1] > 20)).astype(np.uint8)
    )


def judging():
    coded = samples(2)
    schema = Schema.numbers(("a", "b", "c", "d"), GOAL.target)
    return Judging(GOAL, Samples(coded.codes, coded.wanted, schema), coded.codes, start().columns)


def start(config=CONFIG):
    columns = random_columns(np.random.default_rng(0), 4, 4, 6)
    return start_state(columns, samples(1).codes, 3, config, end="argmax")


def run(config=CONFIG):
    progress = []
    points = list(sweep_front(start(config), samples(1), judging(), config.prune, progress.append))
    return points, progress


@pytest.fixture(scope="module")
def front(cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        return run()


def test_sizes_come_in_order_and_none_is_larger_than_wanted(front):
    points, _ = front
    assert [point.wanted for point in points] == [80, 50, 30]
    for point in points:
        assert 0 < point.luts <= point.wanted
        assert point.luts == point.state.luts()
        # Nothing leads nowhere.
        assert point.state.first.widths.any(axis=1).all()
        assert point.state.first.widths.any(axis=0).all()
        assert point.state.second.widths.any(axis=1).all()
    sizes = [point.luts for point in points]
    assert sizes == sorted(sizes, reverse=True)
    assert points[0].figure > 0.5


def test_what_is_said_of_a_network_is_measured_on_the_validation_samples(front):
    for point in front[0]:
        columns = [int(column.name.removeprefix("code")) for column in point.state.columns]
        judged = samples(2)
        trainer = Trainer(point.state, samples(1), CONFIG.prune)
        seen = trainer.look(CodedSamples(judged.codes[:, columns], judged.wanted), scores=True)
        assert seen.loss == point.loss
        assert (seen.scores == point.scores).all()
        assert (seen.scores.argmax(axis=1) == judged.wanted).mean() == point.figure


def test_progress_falls_from_the_dense_network_to_the_smallest_size(front):
    _, progress = front
    luts = [entry.luts for entry in progress]
    assert luts == sorted(luts, reverse=True)
    assert {entry.first_luts for entry in progress} == {start().luts()}
    assert {entry.last_luts for entry in progress} == {30}
    assert luts[-1] <= 30 < luts[-2]
    # A round takes away what it is asked to: no jump to nothing.
    assert min(after / before for before, after in pairwise(luts)) > 0.4


def test_the_same_seed_finds_the_same_networks(front):
    again, _ = run()
    for mine, same in zip(front[0], again, strict=True):
        assert (mine.luts, mine.loss, mine.figure) == (same.luts, same.loss, same.figure)
        for left, right in zip(mine.state.parameters(), same.state.parameters(), strict=True):
            assert (left == right).all()


def test_finishing_a_network_leaves_the_one_that_shrinks_on_alone():
    # A size that is passed by must not change those behind it.
    alone = replace(CONFIG, prune=replace(CONFIG.prune, luts=(50,)))
    both = replace(CONFIG, prune=replace(CONFIG.prune, luts=(80, 50)))
    (only,), (_, last) = run(alone)[0], run(both)[0]
    assert (only.luts, only.loss) == (last.luts, last.loss)


def test_where_nothing_is_left_is_said():
    tiny = replace(CONFIG, prune=replace(CONFIG.prune, luts=(1,)))
    state = start(tiny)
    untouched = deepcopy(state.first.widths)
    with pytest.raises(TrainingError, match=r"smallest sizes in prune.luts"):
        list(sweep_front(state, samples(1), judging(), tiny.prune, lambda _: None))
    assert untouched.all()


def test_only_networks_that_are_finished_learn_from_sharper_targets():
    taught = samples(1)
    taught.targets = padded_outputs(np.random.default_rng(0).dirichlet(np.ones(3), 400))

    def passed(sharpness):
        config = replace(CONFIG.prune, final_sharpness=sharpness, luts=(80, 50))
        progress = []
        points = list(sweep_front(start(), taught, judging(), config, progress.append))
        return [point.state.parameters()[2] for point in points], progress

    (plain, shrinking), (sharp, shrinking_sharp) = passed(1.0), passed(3.0)
    assert shrinking == shrinking_sharp
    assert len(plain) == len(sharp) == 2
    for mine, other in zip(plain, sharp, strict=True):
        assert mine.shape != other.shape or (mine != other).any()
