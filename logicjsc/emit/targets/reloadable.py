"""``--for reloadable``: the circuit with tables that are loaded at run time through AXI4-Lite."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from logicjsc.core.settings import Section, setting
from logicjsc.emit.reload.circuit_text import reloadable_circuit
from logicjsc.emit.reload.image import image_of, is_loaded
from logicjsc.emit.targets.cocotb import RUN, RUN_TEXT
from logicjsc.emit.targets.reloadable_bench import TEST
from logicjsc.emit.targets.target import Job, Target
from logicjsc.emit.targets.templates import fill
from logicjsc.emit.targets.vectors import circuit_vectors
from logicjsc.netlist import Netlist

FOLDER: Final = "reloadable"
FACTS: Final = "reloadable.json"
IMAGE: Final = "tables.bin"
OTHER: Final = "other_tables.bin"
VECTORS: Final = "vectors.json"

_SEED: Final = 9


@dataclass(frozen=True)
class ReloadableSettings(Section):
    """What its testbench does."""

    vectors: int = setting(200, "how many different vectors, about", at_least=2, at_most=100_000)


class Reloadable(Target):
    """Tables in distributed RAM, a loader, images and a testbench."""

    title = "the circuit with tables in LUT RAM, loaded by AXI4-Lite, and a cocotb testbench"
    settings = ReloadableSettings
    samples = True

    def files(self, job: Job) -> Mapping[str, str | bytes]:
        """Verilog, the image of the own tables and of others, facts, and the testbench."""
        circuit = job.circuit
        made = reloadable_circuit(circuit)
        manifest = circuit.manifest
        other = replace(circuit, netlist=with_other_tables(circuit.netlist))
        count = job.settings.vectors
        own, changed = (circuit_vectors(each, count, job.features) for each in (circuit, other))
        files = [f"{FOLDER}/{name}" for name in made.files] + list(made.shared)
        facts = {
            "top": made.top,
            "netlist_digest": manifest.netlist_digest,
            "wiring_digest": made.wiring.hex(),
            "image_words": made.words,
            "latency_cycles": made.latency_cycles,
            "table_cycles": made.table_cycles,
            "files": files,
        }
        vectors = {"inputs": own.inputs, "own": own.outputs, "other": changed.outputs}
        values = {
            "top": made.top,
            "data_in": manifest.data_in,
            "data_out": manifest.data_out,
            "in_bits": own.in_bits,
            "latency": made.latency_cycles,
            "table_cycles": made.table_cycles,
        }
        contents: dict[str, str | bytes] = {**made.files}
        contents |= {
            IMAGE: image_of(made.wiring, circuit.netlist),
            OTHER: image_of(made.wiring, other.netlist),
            FACTS: json.dumps(facts, indent=2) + "\n",
            VECTORS: json.dumps(vectors) + "\n",
            f"test_{made.top}.py": fill(TEST, **values),
            RUN: fill(RUN_TEXT, top=made.top, sources=repr(files)),
        }
        return {f"{FOLDER}/{name}": content for name, content in contents.items()}


def with_other_tables(netlist: Netlist) -> Netlist:
    """A netlist of the same wiring whose tables hold random codes, always the same ones."""
    rng = np.random.default_rng(_SEED)
    layers = tuple(
        replace(
            layer,
            tables=rng.integers(
                0, np.int64(1) << layer.widths.astype(np.int64)[:, None], layer.tables.shape
            ),
        )
        if is_loaded(layer)
        else layer
        for layer in netlist.layers
    )
    return replace(netlist, layers=layers)


TARGET: Final = Reloadable()
