from logicjsc.core.run import Run
from logicjsc.explore.report.elements import Facts, Table


def test_a_run_says_what_was_trained_on_what(runs, sections):
    path = runs()
    facts, settings, layers = sections(path)["facts"].elements
    assert isinstance(facts, Facts)
    rows = dict(facts.rows)
    known = Run(path).header().dataset
    assert rows["samples"] == known["source"]
    assert rows["method"] == "gradient"
    assert rows["epochs"] == "3 of 3"
    assert isinstance(settings, Table)
    assert ("training.learning_rate", "0.02") in settings.rows
    assert ("network.hidden", "6") in settings.rows
    assert layers.header[0] == "layer"
    assert len(layers.rows) == 2
