"""A sweep's file: every combination, nothing unknown, nothing half-understood."""

import re

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.sweep.definition import load_sweep
from logicjsc.explore.sweep.settings import resolve_definition

WHOLE = """
base = "jsc-tiny"
seeds = [3, 5]
[set]
"training.epochs" = 2
[grid]
"training.batch_size" = [64, 128]
training.learning_rate = [1e-2, 1e-5, 1]
"""


def load(tmp_path, text):
    path = tmp_path / "my.toml"
    path.write_text(text)
    return load_sweep(path)


def test_a_grid_is_every_combination_of_its_axes_for_every_seed(tmp_path):
    (block,) = load(tmp_path, WHOLE).blocks
    assert block.name == "my"
    rates = (1e-2, 1e-5, 1)
    assert [tuple(point.values.values()) for point in block.points] == [
        (size, rate) for size in (64, 128) for rate in rates
    ]
    for point in block.points:
        assert [run.seed for run in point.runs] == [3, 5]
        for run in point.runs:
            training = run.config.config.training
            assert training.seed == run.seed
            assert training.epochs == 2
            assert training.batch_size == point.values["training.batch_size"]
            assert training.learning_rate == point.values["training.learning_rate"]


def test_blocks_inherit_and_override(tmp_path):
    sweep = load(
        tmp_path,
        """
        base = "jsc-tiny"
        seeds = [0, 1]
        set.training.epochs = 7
        [blocks.size]
        grid.network.hidden = [[8], [8, 4]]
        [blocks.many]
        title = "Many"
        base = ["jsc-toy", "jsc-s"]
        seeds = [9]
        measures = ["test_loss"]
        set.training.epochs = 3
        """,
    )
    size, many = sweep.blocks
    assert [run.config.config.network.hidden for run in size.points[1].runs] == [(8, 4)] * 2
    assert size.points[0].runs[0].config.config.training.epochs == 7
    assert (many.title, many.measures, many.axes) == (
        "Many",
        ("test_loss",),
        {"config": ("jsc-toy", "jsc-s")},
    )
    assert [point.values for point in many.points] == [{"config": "jsc-toy"}, {"config": "jsc-s"}]
    (run,) = many.points[1].runs
    assert (run.config.name, run.seed, run.config.config.training.epochs) == ("jsc-s", 9, 3)


def test_a_config_beside_the_file_is_a_base(tmp_path):
    (tmp_path / "own.toml").write_text("[training]\nbatch_size = 77\n")
    sweep = load(tmp_path, 'base = "own.toml"\n[grid]\n"training.epochs" = [1, 2]')
    assert sweep.blocks[0].points[0].runs[0].config.config.training.batch_size == 77


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("batch_size", "batchsize", "unknown key training.batchsize; did you mean training.batch"),
        ("[64, 128]", "[64, 0]", "training.batch_size = 0 must be at least 2"),
        ("[64, 128]", '["x"]', "training.batch_size = 'x' must be a whole number"),
        ("[64, 128]", "64", "grid.training.batch_size = 64 must be a list of values, such as [64]"),
        ("[64, 128]", "[]", "grid.training.batch_size = [] must be a list"),
        ("[64, 128]", "[64, 64]", "holds a value twice"),
        ("training.batch_size", "batch_size", "unknown key grid.batch_size; write settings as"),
        ("seeds", "seed", "unknown key seed; did you mean seeds?"),
        ("[3, 5]", "[3, 3]", "seeds = [3, 3] must be distinct"),
        ("[3, 5]", "[]", "seeds = [] must be distinct"),
        ("[3, 5]", "[-1]", "seeds = [-1] must be at least 0"),
        ("training.epochs", "training.seed", "training.seed is what seeds = [...] repeats"),
        ("training.epochs", "training.batch_size", "stands in grid and in set"),
        ('base = "jsc-tiny"', "", "base is missing"),
        ("jsc-tiny", "jsc-tny", "base = 'jsc-tny': there is no config 'jsc-tny'"),
        ("[grid]", "[blocks]", "blocks.training.batch_size must be a table, write it as"),
        ("[grid]", "[blocks.x]", "unknown key blocks.x.training.batch_size"),
        ("[grid]", "[blocks.'a/b'.grid]", "part of file names"),
        ("[grid]", "[gird]", "give either one [grid], or blocks"),
        ("seeds", 'measures = ["accuracy"]\nseeds', "'test_accuracy'"),
        ("[set]", "set = 3\n[x]", "set must be a table"),
        ("[set]", "[set", "is not valid TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_key_and_fix(tmp_path, old, new, message):
    assert old in WHOLE
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, WHOLE.replace(old, new, 1))
    text = str(caught.value)
    assert re.match(rf"{re.escape(str(tmp_path / 'my.toml'))}\b", text)
    assert message in text
    assert "\n" not in text


def test_the_shipped_lab_is_known_by_name():
    lab = load_sweep(resolve_definition("lab", "sweep", "lab"))
    assert {block.name: len(block.points) for block in lab.blocks} == {
        "batch-size": 5,
        "epochs": 5,
        "learning-rate": 6,
        "network": 3,
    }
    assert all(len(point.runs) == 3 for block in lab.blocks for point in block.points)
    with pytest.raises(ConfigError, match="there is no sweep 'lbb'; give a file, or one of: lab"):
        resolve_definition("lbb", "sweep", "lab")
