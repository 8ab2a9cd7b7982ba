import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.frontier.published import load_published


def test_no_table_of_one_data_set_is_among_those_of_the_other():
    tables = {name: load_published("jets", name) for name in ("openml", "cernbox")}
    assert [table.tool for table in tables["openml"]] == ["Vivado", "Yosys (flow TC)"]
    assert not any("CERNBox" in table.samples for table in tables["openml"])
    assert [table.samples for table in tables["cernbox"]] == ["CERNBox"]
    assert load_published("jets") == tables["openml"]
    with pytest.raises(ConfigError, match="points on 'kaggle'; known: openml, cernbox"):
        load_published("jets", "kaggle")


def test_most_tasks_have_no_published_points():
    assert load_published("wine") == load_published("") == ()


def test_figures_of_the_front_to_beat():
    _, flow = load_published("jets", "openml")
    ours = [(a.lut, a.accuracy) for a in flow.entries if a.design == "HGQ-LUT"]
    assert ours == [(189, 74.49), (509, 75.44), (1035, 76.26), (1857, 76.48), (4727, 76.87)]
    assert {a.inputs for a in flow.entries if a.design == "HGQ-LUT"} == {"words"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tables = 3", "write each as"),
        ("extra = 1\n[[tables]]\n", "write each as"),
        ("[[tables]]\n", "entries must be a list"),
        ('[[tables]]\nentries = [{design = "x", accuracy = 70.0}]', r"entries\[0\] lacks lut"),
        (
            '[[tables]]\nentries = [{design = "x", accuracy = 700.0, lut = 1}]',
            r"entries\[0\].accuracy = 700.0 must be at most 100",
        ),
        ("[[tables]]\ntolo = 1\nentries = []", "did you mean tool"),
    ],
)
def test_a_file_of_published_points_that_is_wrong_is_refused_by_key(tmp_path, text, sentence):
    path = tmp_path / "published.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        load_published("jets", "openml", path)
