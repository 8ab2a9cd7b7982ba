"""Every committed point, from its digest to its Verilog.

Its LUTs are committed with it, so nothing is searched for: they are proven again, table by table.
Circuits of more than `QUICK` LUTs are read back from their Verilog instead of simulated.
"""

from pathlib import Path

import pytest

from logicjsc.flow.runs import load_any_config
from logicjsc.frontier.checks import check_point
from logicjsc.frontier.points import CONFIG, POINT

ZOO = Path(__file__).parent.parent.parent / "zoo"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in ZOO.glob(f"*/{POINT}")))
def test_a_committed_point_is_what_it_says(name, monkeypatch, cache):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    assert load_any_config(ZOO / name / CONFIG).data.path == ""
    checks = list(check_point(ZOO / name))
    assert [check for check in checks if not check.ok] == []
    assert any("Verilog" in check.name for check in checks)
