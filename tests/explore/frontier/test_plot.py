import importlib

import pytest

from logicjsc.core.errors import ToolNotFoundError
from logicjsc.explore.frontier.plot import plot_frontier
from logicjsc.explore.frontier.published import load_published
from logicjsc.explore.frontier.rows import Row, with_fronts
from logicjsc.explore.zoo.accuracy import Score
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


def test_without_matplotlib_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ToolNotFoundError, match=r"matplotlib .* pip install logicjsc\[plots\]"):
        plot_frontier(ROWS, (), tmp_path / "x.png")
    assert not list(tmp_path.iterdir())
