"""Position codes of muon tracks as tables to train on, and the LUTs that make them from strips.

    python benchmarks/muon_positions.py FOLDER
    logicjsc train benchmarks/muon_positions.toml --data FOLDER/train.csv \
        --set data.test_path=FOLDER/test.csv

A layer's code is its lowest and its highest strip that answers, 63 where none does. Writes
``train.csv`` (the task's training and validation tracks) and ``test.csv`` into the folder, and
prints what Yosys counts for both words of one layer.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.check.synth.programs import find_yosys
from logicjsc.core.temporary import temporary_folder
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import load_dataset
from logicjsc.dataset.samples import Samples

_LAYERS: Final = 7
_STRIPS: Final = 50
_NONE: Final = 63
_SECONDS: Final = 60.0

_ENCODER: Final = f"""
module positions(input [{_STRIPS - 1}:0] x, output reg [5:0] lowest, output reg [5:0] highest);
  integer i;
  always @* begin
    lowest = {_NONE};
    highest = {_NONE};
    for (i = {_STRIPS - 1}; i >= 0; i = i - 1) if (x[i]) lowest = i;
    for (i = 0; i < {_STRIPS}; i = i + 1) if (x[i]) highest = i;
  end
endmodule
"""

_SYNTHESIS: Final = (
    "read_verilog positions.v",
    "synth -flatten -top positions",
    "abc -script +strash;dch,-f;if,-a,-K,6;mfs2 -lut 6",
    "opt_clean -purge",
    "tee -o cells.txt stat",
)


def main(folder: Path) -> None:
    """Write both tables and print the count."""
    dataset = load_dataset(DataConfig(task="muon"))
    parts = {"train": (dataset.train, dataset.validation), "test": (dataset.test,)}
    header = [f"{end}{layer}" for end in ("lo", "hi") for layer in range(_LAYERS)]
    folder.mkdir(parents=True, exist_ok=True)
    for name, samples in parts.items():
        codes = np.concatenate([_positions(part) for part in samples]).tolist()
        angles = np.concatenate([part.targets.ravel() for part in samples]).tolist()
        lines = [",".join([*header, "angle"])]
        for row, angle in zip(codes, angles, strict=True):
            lines.append(",".join([*map(str, row), repr(angle)]))
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    luts = _luts()
    print(f"{luts} LUTs for both words of a layer, {_LAYERS * luts} for all")


def _positions(samples: Samples) -> np.ndarray[Any, Any]:
    """Lowest strips of all layers, then highest, int64 ``[samples, 14]``."""
    answers = samples.features.reshape(len(samples.features), _LAYERS, _STRIPS) > 0
    any_answers = answers.any(axis=2)
    lowest = np.where(any_answers, answers.argmax(axis=2), _NONE)
    highest = np.where(any_answers, _STRIPS - 1 - answers[:, :, ::-1].argmax(axis=2), _NONE)
    return np.concatenate([lowest, highest], axis=1).astype(np.int64)


def _luts() -> int:
    with temporary_folder("positions") as name:
        place = Path(name)
        (place / "positions.v").write_text(_ENCODER)
        (place / "run.ys").write_text("\n".join(_SYNTHESIS) + "\n")
        find_yosys().run(["run.ys"], timeout=_SECONDS, cwd=place)
        found = re.search(r"(\d+)\s+\$lut", (place / "cells.txt").read_text())
    if found is None:
        raise RuntimeError("Yosys counted no LUTs")
    return int(found[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
