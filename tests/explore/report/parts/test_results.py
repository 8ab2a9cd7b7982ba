from logicjsc.core.run import Run
from logicjsc.explore.report.elements import Table


def test_all_networks_of_a_run_are_listed(runs, sections):
    path = runs("anneal", "classes")
    found = Run(path).result()["found"]
    tables = [e for e in sections(path)["results"].elements if isinstance(e, Table)]
    assert tables[1].header[:3] == ["network", "validation accuracy", "test accuracy"]
    assert [row[0] for row in tables[1].rows] == ["seed 0", "seed 1"]
    assert [row[2] for row in tables[1].rows] == [
        f"{entry['test']['accuracy']:.6g}" for entry in found
    ]


def test_a_run_of_one_network_lists_none(runs, sections):
    tables = [e for e in sections(runs())["results"].elements if isinstance(e, Table)]
    assert len(tables) == 1
