"""Where the circuit proper begins and ends: inside of streams, beats and batches.

Hand-written modules that count are left as they are; that they are the shipped ones is checked
elsewhere. Here they must be connected to the ports and to each other as they should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from logicjsc.check.formal.gates import Gates
from logicjsc.check.formal.registers import Pins, evaluate_nets
from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.interface import STREAM
from logicjsc.emit.hdl.options import ASYNCHRONOUS, REGISTERS
from logicjsc.emit.hdl.shared import shared_modules
from logicjsc.emit.hdl.text import BATCH_MODULE, BUFFER_MODULE, COLLECTOR_MODULE, SIDEBAND_MODULE
from logicjsc.emit.verilog.circuit import Circuit
from logicjsc.emit.verilog.manifest import Manifest

LEFT_WHOLE = (BUFFER_MODULE, COLLECTOR_MODULE, BATCH_MODULE, SIDEBAND_MODULE)
"""Modules that are not flattened."""

Nets = tuple[int, ...]


def borders(gates: Gates, circuit: Circuit) -> tuple[Pins, list[str]]:
    """Borders of the circuit inside of what counts, and which connections are wrong.

    Raises:
        CircuitError: a module that counts is missing, or there is one too many.
    """
    manifest = circuit.manifest
    boxes = _boxes(gates, manifest)
    stream = manifest.interface.protocol == STREAM
    around = (_Stream if stream else _Plain)(gates, manifest, boxes)
    wrong = [
        f"{what} is connected to something else"
        for what, (found, expected) in around.pairs()
        if found != expected
    ]
    return around.pins(), wrong + list(around.small())


def _boxes(gates: Gates, manifest: Manifest) -> dict[str, Mapping[str, Nets]]:
    """Nets by port of each module that counts, by the name of the shipped one."""
    interface, names = manifest.interface, shared_modules(manifest.options)
    wanted = {
        BUFFER_MODULE: interface.protocol == STREAM,
        COLLECTOR_MODULE: interface.beats > 1,
        BATCH_MODULE: interface.batch > 1,
        SIDEBAND_MODULE: interface.tlast or interface.tuser > 0,
    }
    found: dict[str, Mapping[str, Nets]] = {}
    for name, is_wanted in wanted.items():
        pattern = re.compile(rf"(^|\\){names[name]}(\\|$)")
        nets = [ports for kind, ports in gates.modules if pattern.search(kind)]
        if len(nets) != is_wanted:
            raise CircuitError(
                f"the Verilog has {len(nets)} {names[name]}, and should have {int(is_wanted)}"
            )
        if nets:
            found[name] = nets[0]
    if len(found) != len(gates.modules):
        raise CircuitError("the Verilog has instances of modules that it does not define")
    return found


@dataclass(frozen=True)
class _Plain:
    """Valid bits on both sides; perhaps beats and batches."""

    gates: Gates
    manifest: Manifest
    boxes: Mapping[str, Mapping[str, Nets]]

    @property
    def clock(self) -> Nets:
        return self.gates.inputs.get("clk", ())

    @property
    def reset(self) -> Nets:
        return self.gates.inputs.get("rst", ())

    @property
    def enable(self) -> Nets:
        return self.gates.inputs.get("ce", ())

    def port(self, box: str, name: str) -> Nets:
        """Nets at a port of a module that counts.

        Raises:
            CircuitError: nothing is connected.
        """
        nets = self.boxes[box].get(name)
        if nets is None:
            raise CircuitError(f"{box} is not connected at {name}")
        return nets

    def given(self) -> tuple[Nets, Nets]:
        """Valid bit and data behind the beats."""
        if COLLECTOR_MODULE in self.boxes:
            return self.port(COLLECTOR_MODULE, "out_valid"), self.port(COLLECTOR_MODULE, "out_data")
        return self.gates.inputs["in_valid"], self.gates.inputs[self.manifest.data_in]

    def made(self) -> tuple[Nets, Nets]:
        """Valid bit and data before the batch."""
        if BATCH_MODULE in self.boxes:
            return self.port(BATCH_MODULE, "in_valid"), self.port(BATCH_MODULE, "in_data")
        return self.gates.outputs["out_valid"], self.gates.outputs[self.manifest.data_out]

    def pairs(self) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        """What is connected, and nets that should be the same."""
        gates, data = self.gates, (self.manifest.data_in, self.manifest.data_out)
        enable = self.enable or (1,)
        if COLLECTOR_MODULE in self.boxes:
            yield from self.compared(
                COLLECTOR_MODULE,
                clk=self.clock,
                rst=self.reset,
                enable=enable,
                in_valid=gates.inputs["in_valid"],
                in_data=gates.inputs[data[0]],
                out_ready=(1,),
            )
        if BATCH_MODULE in self.boxes:
            yield from self.compared(
                BATCH_MODULE,
                clk=self.clock,
                rst=self.reset,
                enable=enable,
                in_last=(0,),
                out_valid=gates.outputs["out_valid"],
                out_data=gates.outputs[data[1]],
                out_ready=(1,),
            )

    def compared(self, box: str, **expected: Nets) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        """Ports of a module that counts, with the nets that should be there."""
        for name, nets in expected.items():
            yield f"{name} of {box}", (self.port(box, name), nets)

    def small(self) -> Iterator[str]:
        """Modules with fewer places than samples can be on their way."""
        yield from ()

    def pins(self) -> Pins:
        (valid_in, data_in), (valid_out, data_out) = self.given(), self.made()
        return Pins(
            next(iter(self.clock), None),
            next(iter(self.reset), None),
            1,
            valid_in[0],
            valid_out[0],
            data_in,
            data_out,
            next(iter(self.enable), None),
            self.manifest.interface.reset == ASYNCHRONOUS,
        )


class _Stream(_Plain):
    """AXI4-Stream on both sides."""

    @property
    def clock(self) -> Nets:
        return self.gates.inputs["aclk"]

    @property
    def reset(self) -> Nets:
        return self.gates.inputs["aresetn"]

    def given(self) -> tuple[Nets, Nets]:
        accepted = self.port(BUFFER_MODULE, "accepted")
        if COLLECTOR_MODULE in self.boxes:
            return accepted, self.port(COLLECTOR_MODULE, "out_data")
        data = self.gates.inputs["s_axis_tdata"]
        return accepted, data[: self.manifest.interface.beat_bits]

    def made(self) -> tuple[Nets, Nets]:
        return self.port(BUFFER_MODULE, "result_valid"), self.port(BUFFER_MODULE, "result")

    def pairs(self) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        gates, interface = self.gates, self.manifest.interface
        source = gates.inputs["s_axis_tvalid"], gates.outputs["s_axis_tready"]
        if COLLECTOR_MODULE in self.boxes:
            yield from self.compared(
                COLLECTOR_MODULE,
                clk=self.clock,
                enable=(1,),
                in_valid=source[0],
                in_ready=source[1],
                in_data=gates.inputs["s_axis_tdata"][: interface.beat_bits],
            )
            yield from self.inverted(COLLECTOR_MODULE)
            valid, ready = (self.port(COLLECTOR_MODULE, f"out_{n}") for n in ("valid", "ready"))
            source = valid, ready
        yield from self.compared(
            BUFFER_MODULE,
            aclk=self.clock,
            aresetn=self.reset,
            s_axis_tvalid=source[0],
            s_axis_tready=source[1],
        )
        carried: Nets = ()
        if SIDEBAND_MODULE in self.boxes:
            carried = self.port(SIDEBAND_MODULE, "out_data")
            yield from self.sideband()
        last, user = carried[: interface.tlast] or (0,), carried[interface.tlast :]
        yield from (
            self.batched(last, user) if BATCH_MODULE in self.boxes else self.single(last, user)
        )

    def inverted(self, box: str) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        """The reset of a module that is reset by 1."""
        (net,) = self.port(box, "rst")
        values = evaluate_nets(self.gates, net, self.reset)
        yield f"rst of {box}", (values, (1, 0))

    def sideband(self) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        """The queue of what goes past the circuit."""
        inputs = self.gates.inputs
        entering = inputs.get("s_axis_tlast", ()) + inputs.get("s_axis_tuser", ())
        yield from self.compared(
            SIDEBAND_MODULE,
            clk=self.clock,
            accepted=self.port(BUFFER_MODULE, "accepted"),
            in_data=entering,
        )
        yield from self.inverted(SIDEBAND_MODULE)
        names = ("m_axis_tvalid", "m_axis_tready")
        handshake = tuple(self.port(BUFFER_MODULE, name)[0] for name in names)
        (leaving,) = self.port(SIDEBAND_MODULE, "leaving")
        values = evaluate_nets(self.gates, leaving, handshake)
        yield f"leaving of {SIDEBAND_MODULE}", (values, (0, 0, 0, 1))

    def single(self, last: Nets, user: Nets) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        """Results that leave one by one."""
        gates, interface = self.gates, self.manifest.interface
        yield from self.compared(
            BUFFER_MODULE,
            m_axis_tvalid=gates.outputs["m_axis_tvalid"],
            m_axis_tready=gates.inputs["m_axis_tready"],
        )
        waiting = self.port(BUFFER_MODULE, "m_axis_tdata")
        padding = (0,) * (interface.result_stride - len(waiting))
        yield "m_axis_tdata", (gates.outputs["m_axis_tdata"], waiting + padding)
        if interface.tlast:
            yield "m_axis_tlast", (gates.outputs["m_axis_tlast"], last)
        if interface.tuser:
            yield "m_axis_tuser", (gates.outputs["m_axis_tuser"], user)

    def batched(self, last: Nets, user: Nets) -> Iterator[tuple[str, tuple[Nets, Nets]]]:
        """Results that leave in batches, each with its ``tuser`` above itself."""
        gates, interface = self.gates, self.manifest.interface
        yield from self.compared(
            BATCH_MODULE,
            clk=self.clock,
            enable=(1,),
            in_valid=self.port(BUFFER_MODULE, "m_axis_tvalid"),
            in_ready=self.port(BUFFER_MODULE, "m_axis_tready"),
            in_data=self.port(BUFFER_MODULE, "m_axis_tdata") + user,
            in_last=last,
            out_valid=gates.outputs["m_axis_tvalid"],
            out_ready=gates.inputs["m_axis_tready"],
        )
        yield from self.inverted(BATCH_MODULE)
        result, width = interface.result_bits, interface.result_bits + interface.tuser
        gathered = self.port(BATCH_MODULE, "out_data")
        places = [gathered[first : first + width] for first in range(0, len(gathered), width)]
        padding = (0,) * (interface.result_stride - result)
        data = sum((place[:result] + padding for place in places), ())
        yield "m_axis_tdata", (gates.outputs["m_axis_tdata"], data)
        if interface.tuser:
            users = sum((place[result:] for place in places), ())
            yield "m_axis_tuser", (gates.outputs["m_axis_tuser"], users)
        if interface.tlast:
            copies = interface.result_stride // 8
            present = self.port(BATCH_MODULE, "out_present")
            keep = tuple(net for net in present for _ in range(copies))
            yield "m_axis_tkeep", (gates.outputs["m_axis_tkeep"], keep)
            ended = self.port(BATCH_MODULE, "out_last")
            yield "m_axis_tlast", (gates.outputs["m_axis_tlast"], ended)

    def small(self) -> Iterator[str]:
        # With fewer, the buffer would stop though nobody stalls, and the queue lose what it holds.
        cycles = self.manifest.latency_cycles - (self.manifest.interface.batch > 1)
        names = shared_modules(self.manifest.options)
        copies = 3 if self.manifest.options.tmr == REGISTERS else 1
        words = {
            box: count // copies
            for box in (BUFFER_MODULE, SIDEBAND_MODULE)
            for kind, count in self.gates.words.items()
            if re.search(rf"(^|\\){names[box]}(\\|$)", kind)
            and kind in {used for used, _ in self.gates.modules}
        }
        if words[BUFFER_MODULE] <= cycles:
            yield f"{BUFFER_MODULE} has {words[BUFFER_MODULE]} places for {cycles} cycles"
        if words.get(SIDEBAND_MODULE, words[BUFFER_MODULE]) < words[BUFFER_MODULE]:
            yield f"{SIDEBAND_MODULE} has fewer places than {BUFFER_MODULE}"

    def pins(self) -> Pins:
        (valid_in, data_in), (valid_out, data_out) = self.given(), self.made()
        return Pins(
            self.clock[0],
            self.reset[0],
            0,
            valid_in[0],
            valid_out[0],
            data_in,
            data_out,
            asynchronous=self.manifest.interface.reset == ASYNCHRONOUS,
        )
