"""Flip every register bit of a circuit of each kind, with and without triplication (minutes)."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]


def main() -> int:
    """Print a table; 1 if a flip of a voted register was seen outside."""
    from faults.injection import inject
    from mutations.circuits import STYLES, netlist_of

    from logicjsc.emit.verilog.export import export_verilog

    seen = 0
    print("| circuit | registers | bits of registers | bits of memories | flips seen outside |")
    print("|---|---|---|---|---|")
    for kind, (options, mapping) in STYLES.items():
        for tmr in ("", "registers"):
            with tempfile.TemporaryDirectory() as name:
                circuit = export_verilog(
                    netlist_of(kind),
                    Path(name, "circuit"),
                    replace(options, tmr=tmr),
                    mapping=mapping,
                )
                flips = inject(circuit, Path(name))
            copies = "three copies" if tmr else "plain"
            print(
                f"| {kind} | {copies} | {flips.flip_flops} | {flips.memory_bits} | "
                f"{flips.unmasked} |",
                flush=True,
            )
            seen += flips.unmasked if tmr else 0
    return int(seen > 0)


if __name__ == "__main__":
    raise SystemExit(main())
