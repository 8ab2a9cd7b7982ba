"""Every committed point, from its digest to its Verilog.

Its LUTs are committed with it, so nothing is searched for: they are proven again, table by table.
The Verilog of all is proven for every input; that of the small ones is simulated as well, and
`logicjsc zoo verify` simulates all.
"""

import pytest

from logicjsc.artefacts.netlists import provenance_of
from logicjsc.artefacts.sources import Source, zoo_points
from logicjsc.explore.zoo.checks import check_point
from logicjsc.explore.zoo.points import CONFIG
from logicjsc.methods.loading import load_config

SIMULATED = 500
"""LUTs of the largest circuits that are simulated; Verilator and its compiler take seconds each."""


def test_the_committed_points_are_found_by_name():
    assert len(zoo_points()) >= 15


@pytest.mark.parametrize("name", sorted(zoo_points()))
def test_a_committed_point_is_what_it_says(name, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    folder = zoo_points()[name]
    config = load_config(folder / CONFIG).config
    known = provenance_of(Source("point", folder))
    assert config.data.path == config.data.test_path == ""
    assert known.config.path == known.config.test_path == ""
    assert config.data.task == known.config.task == folder.parent.name
    checks = list(check_point(folder, quick=SIMULATED))
    assert [check for check in checks if not check.ok] == []
    assert any("Verilog" in check.name for check in checks)
