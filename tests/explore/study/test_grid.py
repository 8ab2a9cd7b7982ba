"""A grid's file: every combination, nothing unknown, nothing half-understood."""

import re

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.study.definition import load_study

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
    return load_study(path)


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
    study = load(
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
    size, many = study.blocks
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
    study = load(tmp_path, 'base = "own.toml"\n[grid]\n"training.epochs" = [1, 2]')
    assert study.blocks[0].points[0].runs[0].config.config.training.batch_size == 77


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
        ("training.batch_size", "training.seed", "training.seed is what seeds = [...] repeats"),
        ("seeds", "trials = 3\nseeds", "unknown key trials"),
        ("seeds", "objectives = []\nseeds", "objectives = [] must be distinct, and at least one"),
        ("seeds", "objectives = ['size']\nseeds", "objectives = ['size'] is not one of 'accuracy'"),
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


def test_equal_settings_of_several_blocks_are_one_entry(tmp_path):
    study = load(
        tmp_path,
        """
        base = "jsc-tiny"
        set.training.epochs = 2
        [blocks.size]
        grid.training.batch_size = [64, 128]
        [blocks.rate]
        set.training.batch_size = 64
        grid.training.learning_rate = [1e-2, 1e-3]
        [blocks.same]
        grid.training.batch_size = [128, 64]
        """,
    )
    points = [point for block in study.blocks for point in block.points]
    assert len(points) == 6
    texts = [entry.to_toml() for entry in study.entries]
    assert len(texts) == len(set(texts)) == study.trials
    assert study.trials == len({run.config.to_toml() for point in points for run in point.runs})
    assert study.trials < 6


@pytest.mark.parametrize(
    ("base", "axis", "seed"),
    [
        ("jsc-lut-7", '"network.layers" = [[4], [8, 4]]', "anneal.seed"),
        ("jsc-compact-small", '"network.hidden" = [4, 8]', "prune.seed"),
    ],
)
def test_any_method_has_grids_whose_seeds_are_its_own(tmp_path, base, axis, seed):
    study = load(tmp_path, f'base = "{base}"\nseeds = [3, 5]\n[grid]\n{axis}')
    assert study.trials == 4
    section = seed.partition(".")[0]
    assert [getattr(entry.config, section).seed for entry in study.entries] == [3, 5, 3, 5]
    for place in ("grid", "set"):
        value = "[1]" if place == "grid" else "1"
        text = f'base = "{base}"\n[{place}]\n"{seed}" = {value}\n'
        text += f"[grid]\n{axis}" if place == "set" else axis
        with pytest.raises(ConfigError, match=f"{seed} is what seeds = .* repeats"):
            load(tmp_path, text)


def test_configs_of_several_methods_are_compared_in_one_grid(tmp_path):
    study = load(tmp_path, 'base = ["jsc-lut-7", "jsc-tiny"]\n[grid]\n"data.split_seed" = [1, 2]')
    assert [(entry.name, entry.method) for entry in study.entries] == [
        ("jsc-lut-7", "anneal"),
        ("jsc-lut-7", "anneal"),
        ("jsc-tiny", "gradient"),
        ("jsc-tiny", "gradient"),
    ]


def test_a_longer_grid_is_another_study_in_the_storage(tmp_path):
    short, again = load(tmp_path, WHOLE), load(tmp_path, WHOLE)
    assert short.name_in_storage == again.name_in_storage
    names = {short.name_in_storage}
    for old, new in (
        ("[64, 128]", "[64, 128, 256]"),
        ("[3, 5]", "[3, 5, 7]"),
        ("seeds", 'objectives = ["loss"]\nseeds'),
    ):
        names.add(load(tmp_path, WHOLE.replace(old, new)).name_in_storage)
    assert len(names) == 4
    assert all(name.startswith("my-") for name in names)
    # What is shown changes no run.
    other = load(tmp_path, WHOLE.replace("seeds", 'title = "x"\nmeasures = ["test_loss"]\nseeds'))
    assert other.name_in_storage == short.name_in_storage


def test_networks_without_tables_have_no_luts(tmp_path):
    text = WHOLE.replace("jsc-tiny", "jsc-toy")
    assert load(tmp_path, text).trials == 12
    with pytest.raises(ConfigError, match="the networks of jsc-toy have no tables"):
        load(tmp_path, f'objectives = ["accuracy", "luts"]\n{text}')
