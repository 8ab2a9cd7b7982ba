import json

import pytest

from logicjsc.artefacts.netlists import netlist_of
from logicjsc.artefacts.sources import identify
from logicjsc.check.rung import Rung
from logicjsc.check.verdict import Verdict
from logicjsc.core.errors import RunError
from logicjsc.explore.report.report import report_of
from logicjsc.netlist import digest_of

RUNGS = (
    Rung("torch = ONNX", 80, 0, 1e-5, 0.25),
    Rung("netlist = Verilog", 1200, 3, 0.0, 1.5, simulated=True, detail="score 1"),
)


def verdict_of(path, digest):
    verdict = Verdict(str(path), digest, "Verilator 5", 80, "lamps.csv", 2.0, RUNGS, "a remark")
    verdict.write(path / "verify.json")
    return verdict


@pytest.fixture
def verified(circuit):
    verdict = verdict_of(circuit, digest_of(netlist_of(identify(circuit))))
    yield verdict
    (circuit / "verify.json").unlink()


def test_every_rung_is_shown_with_its_counts(circuit, verified):
    report = report_of([circuit], effort="none")
    assert report.to_dict()["verification"] == {
        "ok": False, "rungs": 2, "vectors": 1200, "mismatches": 3,
    }  # fmt: skip
    facts, table = {part.name: part for part in report.sections()}["ladder"].elements
    rows = dict(facts.rows)
    assert rows["outcome"] == "it does NOT hold"
    assert rows["vectors simulated"] == verified.vectors == 1200
    assert rows["remark"] == "a remark"
    assert [row[:3] for row in table.rows] == [
        [rung.name, rung.vectors, rung.mismatches] for rung in RUNGS
    ]
    assert [row[4] for row in table.rows] == [True, False]


def test_a_verification_of_another_netlist_is_out_of_date(circuit, verified):
    verdict_of(circuit, "0" * 64)
    sections = {part.name: part for part in report_of([circuit], effort="none").sections()}
    assert "Out of date: this is of netlist 0000" in sections["ladder"].elements[-1].text


def test_what_was_never_verified_says_how(circuit):
    sections = {part.name: part for part in report_of([circuit], effort="none").sections()}
    (note,) = sections["ladder"].elements
    assert f"logicjsc verify {circuit} writes it" in note.text


def test_a_verdict_is_read_as_it_was_written(circuit, verified, tmp_path):
    assert Verdict.read(circuit / "verify.json") == verified
    saved = json.loads((circuit / "verify.json").read_text())
    file = tmp_path / "verify.json"
    for damage in (
        {"rungs": [{}]}, {"rungs": None}, {"rungs": [saved["rungs"][0] | {"vectors": "1"}]},
        {"rungs": [saved["rungs"][0] | {"tolerance": None}]},
    ):  # fmt: skip
        file.write_text(json.dumps(saved | damage))
        with pytest.raises(RunError, match=r"verify\.json is damaged; write it again"):
            Verdict.read(file)
