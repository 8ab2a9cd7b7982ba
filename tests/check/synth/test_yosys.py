"""The place where Yosys works."""

from __future__ import annotations

from logicjsc.check.synth.programs import Limits
from logicjsc.check.synth.yosys import workplace


def test_two_processes_may_work_on_one_circuit(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    with workplace("d" * 64, "formal", Limits.default()) as one:
        folder = one.logs.stat().st_ino
        (one.logs / "yosys.log").write_text("of the first")
        with workplace("d" * 64, "formal", Limits.default()) as other:
            assert other.folder != one.folder
            # Logs of before are gone, the folder never was.
            assert list(one.logs.iterdir()) == []
            assert one.logs.stat().st_ino == folder
