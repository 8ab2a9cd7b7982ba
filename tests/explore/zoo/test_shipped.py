"""Every committed point, from its digest to its Verilog.

Its LUTs are committed with it, so nothing is searched for: they are proven again, table by table.
Circuits of more than `QUICK` LUTs are read back from their Verilog instead of simulated.
"""

from pathlib import Path

import pytest

from logicjsc.artefacts.runs import load_any_config
from logicjsc.explore.zoo.checks import check_point
from logicjsc.explore.zoo.points import CONFIG, POINT

ZOO = Path(__file__).parents[3] / "zoo"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in ZOO.glob(f"*/{POINT}")))
def test_a_committed_point_is_what_it_says(name, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    assert load_any_config(ZOO / name / CONFIG).data.path == ""
    checks = list(check_point(ZOO / name))
    assert [check for check in checks if not check.ok] == []
    assert any("Verilog" in check.name for check in checks)
