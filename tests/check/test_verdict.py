"""Verdicts: what counts as verified, and what is written down."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logicjsc import __version__
from logicjsc.check.ladder import Rung
from logicjsc.check.verdict import Verdict


def verdict_of(*rungs):
    return Verdict("runs/any", "d" * 64, "Verilator 5", 500, "sample", 1.5, tuple(rungs))


HOLDS = Rung("a = b", 10, 0, 0.0, 0.1)
FAILS = Rung("b = c", 10, 1, 0.0, 0.1)
EMPTY = Rung("c = d", 0, 0, 0.0, 0.1)
TOLERATED = Rung("torch = ONNX", 100_000, 1, 1e-5, 0.1)
SIMULATED = Rung("netlist = Verilog", 300, 0, 0.0, 0.1, simulated=True)


@pytest.mark.parametrize(
    ("rungs", "ok"),
    [
        ((), False),
        ((EMPTY,), False),
        ((HOLDS,), True),
        ((HOLDS, EMPTY), False),
        ((HOLDS, FAILS), False),
        ((FAILS, HOLDS), False),
        ((HOLDS, TOLERATED, SIMULATED), True),
    ],
)
def test_a_climb_holds_if_there_are_rungs_and_every_one_holds(rungs, ok):
    verdict = verdict_of(*rungs)
    assert verdict.ok is ok
    assert verdict.to_dict()["ok"] is ok


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            Rung,
            st.text(),
            st.integers(0, 9),
            st.integers(0, 2),
            st.sampled_from([0.0, 0.3]),
            st.just(0.0),
            st.booleans(),
        )
    )
)
def test_one_bad_rung_spoils_any_climb(rungs):
    good = all(rung.vectors and rung.mismatches <= rung.tolerance * rung.vectors for rung in rungs)
    assert verdict_of(*rungs).ok is (good and rungs != [])


def test_vectors_are_those_that_were_simulated_and_mismatches_are_all():
    verdict = verdict_of(HOLDS, TOLERATED, FAILS, SIMULATED, SIMULATED)
    assert verdict.vectors == 600
    assert verdict.mismatches == 2


def test_the_file_says_everything(tmp_path):
    path = tmp_path / "verify.json"
    verdict_of(TOLERATED, FAILS, SIMULATED).write(path)
    text = path.read_text()
    assert text.endswith("}\n")
    content = json.loads(text)
    assert content.pop("rungs") == [
        {
            "name": rung.name,
            "vectors": rung.vectors,
            "mismatches": rung.mismatches,
            "tolerance": rung.tolerance,
            "seconds": 0.1,
            "simulated": rung.simulated,
            "detail": "",
            "ok": rung is not FAILS,
        }
        for rung in (TOLERATED, FAILS, SIMULATED)
    ]
    assert content == {
        "ok": False,
        "logicjsc_version": __version__,
        "subject": "runs/any",
        "netlist_digest": "d" * 64,
        "simulator": "Verilator 5",
        "samples": 500,
        "sample_source": "sample",
        "remark": "",
        "vectors": 300,
        "mismatches": 2,
        "build_seconds": 1.5,
    }


def test_an_older_verdict_is_replaced(tmp_path):
    path = tmp_path / "verify.json"
    verdict_of(FAILS).write(path)
    verdict_of(HOLDS).write(path)
    assert json.loads(path.read_text())["ok"] is True
    assert list(tmp_path.iterdir()) == [path]
