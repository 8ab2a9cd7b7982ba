"""A program of alkaid from its file to a proven circuit."""

import numpy as np
from reference.alir_programs import every_operation, feature_rows

from logicjsc.netlist import evaluate, load_netlist


def test_a_program_goes_the_whole_road(cli, tmp_path, cache, monkeypatch):
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    program = every_operation()
    model, out, circuit = tmp_path / "m.json", tmp_path / "net.npz", tmp_path / "circuit"
    program.save(model)
    report = cli.json("import", "alir", model, "--out", out, "--decides", "value")
    assert report["out"] == str(out)
    netlist = load_netlist(out)
    features = feature_rows(program, 500)
    found = netlist.decoder.decode(evaluate(netlist, netlist.encoder.encode(features)))
    np.testing.assert_array_equal(found, program.predict(features))
    cli(
        "export-verilog", out, "--encoder", "--mapped", "low", "--pipeline", "depth=6",
        "--out", circuit,
    )  # fmt: skip
    rungs = cli.json("verify", circuit)["rungs"]
    assert {rung["mismatches"] for rung in rungs} == {0}
    names = " ".join(rung["name"] for rung in rungs)
    assert "whole circuit" in names
    assert "proven" in names
