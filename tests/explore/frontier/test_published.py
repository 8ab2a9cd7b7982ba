import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.dataset.task import find_task, known_tasks
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
    assert load_published("digits") == load_published("") == ()


def test_every_tasks_published_points_can_be_read_and_are_of_one_metric():
    found = {name: load_published(name) for name in known_tasks()}
    with_points = {name for name, tables in found.items() if tables}
    assert with_points == {"jets", "mnist", "nid", "beans", "muon", "wine", "moons"}
    for name, tables in found.items():
        for table in tables:
            assert table.metric == find_task(name).metric
            assert table.note
            assert all(entry.value > 0 and entry.lut > 0 for entry in table.entries)
    (muon,) = found["muon"]
    assert [(entry.value, entry.lut) for entry in muon.entries] == [
        (1.90, 30_612),
        (2.03, 19_627),
        (2.28, 14_549),
    ]
    assert [entry.quality for entry in muon.entries] == [-1.90, -2.03, -2.28]
    (mnist,) = found["mnist"]
    assert ("DWN small", 97.1, 692) in [(e.design, e.value, e.lut) for e in mnist.entries]
    assert all("not comparable" in entry.remark for entry in found["nid"][0].entries)


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
        (
            '[[tables]]\nmetric = "mrad"\nentries = [{design = "x", accuracy = 70.0, lut = 1}]',
            r"entries\[0\] lacks error",
        ),
        (
            '[[tables]]\nmetric="mrad"\nentries = [{design="x", accuracy=7.0, error=1.0, lut=1}]',
            "has an accuracy, and the table's metric is 'mrad'; put it into a table of its own",
        ),
        (
            '[[tables]]\nentries = [{design = "x", accuracy = 70.0, error = 1.0, lut = 1}]',
            "has an error, and the table no metric",
        ),
    ],
)
def test_a_file_of_published_points_that_is_wrong_is_refused_by_key(tmp_path, text, sentence):
    path = tmp_path / "published.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        load_published("jets", "openml", path)
