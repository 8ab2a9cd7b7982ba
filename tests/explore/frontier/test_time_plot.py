from dataclasses import replace

from logicjsc.explore.frontier.published import load_published
from logicjsc.explore.frontier.rows import Row
from logicjsc.explore.frontier.time_plot import plot_area_delay
from logicjsc.explore.zoo.accuracy import Score
from logicjsc.explore.zoo.figures import Area, Figures
from logicjsc.explore.zoo.latency import Latency, WholeLatency

ROW = Row("a", "a", "a", "jets", "samples", Score(100, 74), None, Figures(Area(lut=100)))
WHOLE = WholeLatency(150, 2, 3.0, 2.0, 450.0, 300.0)
TIMED = replace(ROW, latency=Latency("some part", 2.0, 1.0, 200.0, 100.0, "an estimate", WHOLE))
ALONE = replace(ROW, latency=replace(TIMED.latency, whole=None))


def test_products_of_ours_and_theirs_are_drawn(tmp_path, monkeypatch):
    from matplotlib.axes import Axes

    drawn = {}
    scatter = Axes.scatter

    def watch(axes, x, y, **options):
        drawn[options["label"]] = (list(x), list(y))
        return scatter(axes, x, y, **options)

    monkeypatch.setattr(Axes, "scatter", watch)
    path = tmp_path / "time.png"
    plot_area_delay([TIMED, ROW, ALONE], load_published("jets", "openml"), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert drawn["ours, 2 cycles"] == ([450.0], [74.0])
    assert drawn["ours, no registers inside"] == ([300.0], [74.0])
    products, values = drawn["published"]
    assert (products[0], values[0]) == (5667 * 9.2, 76.9)
    assert 1697 * 2.6 in drawn["published, encoder counted"][0]


def test_a_picture_without_published_points(tmp_path):
    path = tmp_path / "time.png"
    plot_area_delay([TIMED], (), path)
    assert path.read_bytes().startswith(b"\x89PNG")
