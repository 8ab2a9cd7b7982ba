"""One run from large to small: sizes in order, none larger than wanted, the same twice."""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from reference.naive_prune import CODES, random_columns

from logicjsc.core.errors import TrainingError
from logicjsc.methods.prune.config import PruneConfig, ScheduleConfig, ShapeConfig
from logicjsc.methods.prune.front import sharpened, sweep_front
from logicjsc.methods.prune.native.library import padded_targets
from logicjsc.methods.prune.state import State
from logicjsc.methods.prune.trainer import CodedSamples, Trainer

CONFIG = PruneConfig(
    network=ShapeConfig(hidden=4, edge_bits=3, score_bits=3),
    prune=ScheduleConfig(
        luts=(20, 60, 35),
        dense_steps=100,
        round_steps=3,
        round_fraction=0.1,
        final_steps=6,
        batch_size=32,
        judged_samples=1000,
        learning_rate=0.2,
    ),
)


def samples(seed, count=400):
    """Three classes, told by the first two of four codes."""
    codes = np.random.default_rng(seed).integers(0, CODES, (count, 4)).astype(np.uint8)
    return CodedSamples(
        codes, ((codes[:, 0] > 12).astype(np.uint8) + (codes[:, 1] > 20)).astype(np.uint8)
    )


def start(config=CONFIG):
    columns = random_columns(np.random.default_rng(0), 4, 4, 6)
    return State.start(columns, samples(1).codes, 3, config)


def run(config=CONFIG):
    progress = []
    points = list(sweep_front(start(config), samples(1), samples(2), config.prune, progress.append))
    return points, progress


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(tmp_path_factory.getbasetemp() / "logicjsc-cache"))
        return run()


def test_sizes_come_in_order_and_none_is_larger_than_wanted(front):
    points, _ = front
    assert [point.wanted for point in points] == [60, 35, 20]
    for point in points:
        assert 0 < point.luts <= point.wanted
        assert point.luts == point.state.luts()
        # Nothing leads nowhere.
        assert point.state.first.widths.any(axis=1).all()
        assert point.state.first.widths.any(axis=0).all()
        assert point.state.second.widths.any(axis=1).all()
    sizes = [point.luts for point in points]
    assert sizes == sorted(sizes, reverse=True)
    assert points[0].accuracy > 0.5


def test_what_is_said_of_a_network_is_measured_on_the_validation_samples(front):
    for point in front[0]:
        columns = [int(column.name.removeprefix("code")) for column in point.state.columns]
        judged = samples(2)
        trainer = Trainer(point.state, samples(1), CONFIG.prune)
        seen = trainer.look(CodedSamples(judged.codes[:, columns], judged.labels), classes=True)
        assert seen.loss == point.loss
        assert (seen.classes == judged.labels).mean() == point.accuracy


def test_progress_falls_from_the_dense_network_to_the_smallest_size(front):
    _, progress = front
    luts = [entry.luts for entry in progress]
    assert luts == sorted(luts, reverse=True)
    assert {entry.first_luts for entry in progress} == {start().luts()}
    assert {entry.last_luts for entry in progress} == {20}
    assert luts[-1] <= 20 < luts[-2]
    # A round takes away what it is asked to: no jump to nothing.
    assert min(after / before for before, after in pairwise(luts)) > 0.4


def test_the_same_seed_finds_the_same_networks(front):
    again, _ = run()
    for mine, same in zip(front[0], again, strict=True):
        assert (mine.luts, mine.loss, mine.accuracy) == (same.luts, same.loss, same.accuracy)
        for left, right in zip(mine.state.parameters(), same.state.parameters(), strict=True):
            assert (left == right).all()


def test_finishing_a_network_leaves_the_one_that_shrinks_on_alone():
    # A size that is passed by must not change those behind it.
    alone = replace(CONFIG, prune=replace(CONFIG.prune, luts=(35,)))
    both = replace(CONFIG, prune=replace(CONFIG.prune, luts=(60, 35)))
    (only,), (_, last) = run(alone)[0], run(both)[0]
    assert (only.luts, only.loss) == (last.luts, last.loss)


def test_where_nothing_is_left_is_said():
    tiny = replace(CONFIG, prune=replace(CONFIG.prune, luts=(1,)))
    state = start(tiny)
    untouched = deepcopy(state.first.widths)
    with pytest.raises(TrainingError, match=r"smallest sizes in prune.luts"):
        list(sweep_front(state, samples(1), samples(2), tiny.prune, lambda _: None))
    assert untouched.all()


def test_sharper_targets_are_powers_that_add_up_to_one():
    targets = padded_targets(np.array([[0.5, 0.4, 0.1], [0.2, 0.2, 0.6]]))
    found = sharpened(targets, 2.0)
    assert found.dtype == np.float32
    assert found.shape == (2, 8)
    assert found[0, :3] == pytest.approx([25 / 42, 16 / 42, 1 / 42])
    assert found[1, :3] == pytest.approx([4 / 44, 4 / 44, 36 / 44])
    assert not found[:, 3:].any()
    assert sharpened(targets, 1.0) == pytest.approx(targets)


def test_only_networks_that_are_finished_learn_from_sharper_targets():
    taught = samples(1)
    taught.targets = padded_targets(np.random.default_rng(0).dirichlet(np.ones(3), 400))

    def passed(sharpness):
        config = replace(CONFIG.prune, final_sharpness=sharpness, luts=(60, 35))
        progress = []
        points = list(sweep_front(start(), taught, samples(2), config, progress.append))
        return [point.state.parameters()[2] for point in points], progress

    (plain, shrinking), (sharp, shrinking_sharp) = passed(1.0), passed(3.0)
    assert shrinking == shrinking_sharp
    assert len(plain) == len(sharp) == 2
    for mine, other in zip(plain, sharp, strict=True):
        assert mine.shape != other.shape or (mine != other).any()
