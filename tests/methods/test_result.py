"""``result.json`` is read back only where it has the shape in which it was written."""

from __future__ import annotations

import json

import pytest

from logicjsc.core.errors import RunError
from logicjsc.core.run import Header, Run
from logicjsc.dataset.metrics import Metrics
from logicjsc.methods.result import Found, Recorded, Result

REACHED = Metrics("classes", 10, 0.5, accuracy=0.7, chance=0.2)


@pytest.fixture
def run(tmp_path):
    made = Run.create(tmp_path / "run", Header("anneal"), "", overwrite=False)
    found = Found("one", 3, REACHED, REACHED, file="one.npz")
    made.finish(Result("anneal", "run", (found,), dataset={"fingerprint": "a-b-c"}).to_dict())
    return made


def test_a_result_comes_back(run):
    recorded = Recorded.of(run)
    assert recorded.fingerprint == "a-b-c"
    assert recorded.best["seed"] == 3
    assert recorded.of_file("one.npz") == recorded.best
    assert recorded.of_file("two.npz") is None


@pytest.mark.parametrize(
    "change",
    [
        {"data": "samples"},
        {"data": None},
        {"validation": []},
        {"found": []},
        {"found": {}},
        {"found": ["one"]},
        {"found": [{"name": "one"}]},
        {"kept": "0"},
        {"kept": 1},
        {"kept": -1},
        {"kept": True},
        {"kept": 0.0},
    ],
)
def test_a_result_of_another_shape_is_refused(run, change):
    saved = json.loads(run.result_file.read_text())
    run.result_file.write_text(json.dumps({**saved, **change}))
    with pytest.raises(RunError, match=r"result\.json is damaged; write it again"):
        Recorded.of(run)


@pytest.mark.parametrize(
    ("key", "value"), [("seed", "3"), ("file", None), ("variant", 2), ("test", 0.7), ("name", [])]
)
def test_a_network_of_another_shape_is_refused(run, key, value):
    saved = json.loads(run.result_file.read_text())
    saved["found"][0][key] = value
    run.result_file.write_text(json.dumps(saved))
    with pytest.raises(RunError, match=r"result\.json is damaged"):
        Recorded.of(run)
