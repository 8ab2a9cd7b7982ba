import numpy as np

from logicjsc.core.run import Run
from logicjsc.explore.report.elements import Plot, Table


def test_the_curves_enclose_the_areas_of_the_result(runs, sections):
    result = Run(runs()).result()
    plot, table, _ = sections(runs())["roc"].elements
    assert isinstance(plot, Plot)
    for trace, (name, area) in zip(plot.data, result["auc"].items(), strict=True):
        np.testing.assert_allclose(np.trapezoid(trace["y"], trace["x"]), area, rtol=1e-12)
        assert trace["name"] == f"{name} ({area:.4f})".replace("<i>", "&lt;i&gt;")
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == [f"{area:.4f}" for area in result["auc"].values()]


def test_the_working_point_is_that_of_the_result(runs, sections):
    path = runs("gradient", "binary")
    result = Run(path).result()
    curve, place = sections(path)["roc"].elements[0].data
    assert place["x"] == [result["false_positive_rate"]]
    assert place["y"] == [result["true_positive_rate"]]
    assert (curve["x"][0], curve["y"][-1]) == (0.0, 1.0)
