import importlib

import pytest

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.explore.frontier.plot import plot_frontier
from logicjsc.explore.frontier.published import load_published
from logicjsc.explore.frontier.rows import Row, with_fronts
from logicjsc.explore.zoo.accuracy import ErrorScore, Score
from logicjsc.explore.zoo.figures import Area, Figures


def row(name, correct, lut):
    figures = Figures(Area(lut=lut), whole=Area(lut=2 * lut))
    return Row(
        name, name, name, "jets", "samples", Score(100, correct), Score(100, correct - 1), figures
    )


ROWS = with_fronts([row("good", 80, 100), row("bad", 70, 300)])


def test_points_off_the_front_are_smaller_and_theirs_are_told_apart(tmp_path, monkeypatch):
    from matplotlib.axes import Axes

    drawn, labels = {}, []
    scatter = Axes.scatter

    def watch(axes, x, y, **options):
        if not isinstance(x, list):
            drawn[x] = options["s"]
        labels.append(options.get("label"))
        return scatter(axes, x, y, **options)

    monkeypatch.setattr(Axes, "scatter", watch)
    path = tmp_path / "frontier.png"
    plot_frontier(ROWS, load_published("jets", "openml"), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    # Good and bad, alone and with both ends.
    assert drawn[100] == drawn[200] > drawn[300] == drawn[600]
    theirs = [label for label in labels if label and label.startswith("theirs")]
    assert any("OpenML 42468, Vivado" in label for label in theirs)
    assert any("re-created jets, Yosys" in label for label in theirs)


def test_errors_are_drawn_as_they_are_and_their_front_goes_down(tmp_path, monkeypatch):
    from matplotlib.axes import Axes

    drawn, lines, labels = {}, [], []
    scatter, plot, label = Axes.scatter, Axes.plot, Axes.set_ylabel

    def watch(axes, x, y, **options):
        if not isinstance(x, list):
            drawn[x] = (y, options["s"])
        return scatter(axes, x, y, **options)

    def watch_lines(axes, x, y, **options):
        lines.append((tuple(x), tuple(y)))
        return plot(axes, x, y, **options)

    def watch_label(axes, text):
        labels.append(text)
        return label(axes, text)

    monkeypatch.setattr(Axes, "scatter", watch)
    monkeypatch.setattr(Axes, "plot", watch_lines)
    monkeypatch.setattr(Axes, "set_ylabel", watch_label)
    rows = with_fronts(
        [
            Row(name, name, name, "muon", "tracks", ErrorScore(100, 99, error, 0.1), None, area)
            for name, error, area in (
                ("good", 2.0, Figures(Area(lut=100))),
                ("bad", 3.0, Figures(Area(lut=300))),
            )
        ]
    )
    assert [row.name for row in rows] == ["good", "bad"]
    plot_frontier(rows, load_published("muon"), tmp_path / "muon.png")
    assert drawn[100][0] == 2.0
    assert drawn[100][1] > drawn[300][1]
    assert labels == ["core RMSE, mrad"]
    assert ((14_549, 19_627, 30_612), (2.28, 2.03, 1.90)) in lines


def test_without_matplotlib_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ToolNotFoundError, match=r"matplotlib .* pip install logicjsc\[plots\]"):
        plot_frontier(ROWS, (), tmp_path / "x.png")
    assert not list(tmp_path.iterdir())
