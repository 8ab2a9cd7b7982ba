"""Flip every register bit of a circuit of each kind, with and without three copies (minutes)."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]


def main() -> int:
    """Print a table; 1 if a fault was seen outside where there are three copies."""
    from faults.injection import inject
    from mutations.circuits import STYLES, netlist_of

    from logicjsc.emit.hdl.options import TRIPLICATIONS
    from logicjsc.emit.verilog.export import export_verilog

    seen = 0
    print("| circuit | copies | bits of registers | of memories | of logic | seen outside |")
    print("|---|---|---|---|---|---|")
    for kind, (options, mapping) in STYLES.items():
        for tmr in TRIPLICATIONS:
            with tempfile.TemporaryDirectory() as name:
                circuit = export_verilog(
                    netlist_of(kind),
                    Path(name, "circuit"),
                    replace(options, tmr=tmr),
                    mapping=mapping,
                )
                flips = inject(circuit, Path(name))
            print(
                f"| {kind} | {tmr or 'plain'} | {flips.flip_flops} | {flips.memory_bits} | "
                f"{flips.logic_bits} | {flips.unmasked} |",
                flush=True,
            )
            seen += flips.unmasked if tmr else 0
    return int(seen > 0)


if __name__ == "__main__":
    raise SystemExit(main())
