import numpy as np
from reference.report_pages import NASTY

from logicjsc.explore.report.elements import Plot


def test_every_feature_and_score_has_a_histogram_by_class(runs, sections):
    plots = sections(runs())["histograms"].elements
    names = [NASTY, "hits", "lit", "colour=blue", "colour=green", "colour=red"]
    scores = [f"score of <i>{name}" for name in ("cold", "hot", "warm")]
    assert [plot.title for plot in plots] == names + scores
    bits = plots[2]
    assert isinstance(bits, Plot)
    assert len(bits.data) == 3
    for trace in bits.data:
        np.testing.assert_allclose(sum(trace["y"]), 1.0)


def test_errors_of_values_are_drawn(runs, sections):
    assert sections(runs("prune", "value"))["histograms"].elements[-1].title == "error of price"
