"""Verilog of one case per neuron as LogicNets writes it, with what it computes on many rows."""

from __future__ import annotations

import numpy as np

from logicjsc.check.synth.programs import find_yosys


class CaseNetwork:
    """Layers of random neurons; inputs ``bits`` wide each, as are the outputs of each layer."""

    def __init__(self, seed, features=6, bits=2, layers=((8, 3, 2), (5, 3, 3))):
        rng = np.random.default_rng(seed)
        self.features, self.bits, self.layers = features, bits, []
        count, width = features, bits
        for neurons, fan_in, out_bits in layers:
            made = []
            for _ in range(neurons):
                sources = rng.choice(count, fan_in, replace=False)
                codes = rng.integers(0, 1 << out_bits, 1 << (fan_in * width))
                made.append((sources.tolist(), codes))
            self.layers.append((count, width, out_bits, made))
            count, width = neurons, out_bits
        self.outputs, self.output_bits = count, width

    def compute(self, codes):
        """Codes ``[rows, outputs]`` of codes ``[rows, features]``."""
        values = codes
        for _, width, _, neurons in self.layers:
            made = []
            for sources, table in neurons:
                address = np.zeros(len(values), np.int64)
                for source in sources:
                    address = address << width | values[:, source]
                made.append(table[address])
            values = np.stack(made, axis=1)
        return values

    def files(self, *, registers=False, top="logicnet"):
        """Text of every file by its name."""
        found, chain = {}, []
        for index, (count, width, out_bits, neurons) in enumerate(self.layers):
            own = f"layer{index}"
            last = index == len(self.layers) - 1
            rows_in, rows_out = count * width, len(neurons) * out_bits
            blocks = []
            for place, (sources, table) in enumerate(neurons):
                neuron = f"{own}_N{place}"
                bits = [f"M0[{s * width + b}]" for s in sources for b in reversed(range(width))]
                high, low = (place + 1) * out_bits - 1, place * out_bits
                blocks.append(
                    f"wire [{len(bits) - 1}:0] {neuron}_wire = {{{', '.join(bits)}}};\n"
                    f"{neuron} {neuron}_inst (.M0({neuron}_wire), .M1(M1[{high}:{low}]));\n"
                )
                found[f"{neuron}.v"] = neuron_text(neuron, len(bits), out_bits, table)
            found[f"{own}.v"] = (
                f"module {own} (input [{rows_in - 1}:0] M0, output [{rows_out - 1}:0] M1);\n\n"
                + "\n".join(blocks)
                + "\nendmodule\n"
            )
            wires = [f"wire [{rows_in - 1}:0] M{index}w;"]
            wires.append(
                f"myreg #(.DataWidth({rows_in})) {own}_reg (.data_in(M{index}), .clk(clk), "
                f".rst(rst), .data_out(M{index}w));"
                if registers
                else f"assign M{index}w = M{index};"
            )
            wires += [] if last else [f"wire [{rows_out - 1}:0] M{index + 1};"]
            wires.append(f"{own} {own}_inst (.M0(M{index}w), .M1(M{index + 1}));")
            chain.append("\n".join(wires))
        if registers:
            found["myreg.v"] = REGISTER
        total = self.features * self.bits
        out = self.outputs * self.output_bits
        found[f"{top}.v"] = (
            f"module {top} (input [{total - 1}:0] M0, input clk, input rst, "
            f"output[{out - 1}:0] M{len(self.layers)});\n" + "\n".join(chain) + "\n\nendmodule\n"
        )
        return found

    def write(self, folder, **options):
        """The files in a folder."""
        folder.mkdir(exist_ok=True)
        for name, text in self.files(**options).items():
            (folder / name).write_text(text)
        return folder


REGISTER = """module myreg #(parameter DataWidth=16) (
    input [DataWidth-1:0] data_in,
    input wire clk,
    input wire rst,
    output reg [DataWidth-1:0] data_out
    );
    always@(posedge clk) begin
    if(!rst)
        data_out<=data_in;
    else
        data_out<=0;
    end
endmodule
"""


def neuron_text(name, address, width, table):
    rows = "\n".join(
        f"\t\t\t{address}'b{row:0{address}b}: M1r = {width}'b{int(code):0{width}b};"
        for row, code in enumerate(table)
    )
    return (
        f"module {name} ( input [{address - 1}:0] M0, output [{width - 1}:0] M1 );\n\n"
        f'\t(*rom_style = "distributed" *) reg [{width - 1}:0] M1r;\n'
        f"\tassign M1 = M1r;\n\talways @ (M0) begin\n\t\tcase (M0)\n{rows}\n\t\tendcase\n\tend\n"
        "endmodule\n"
    )


def by_yosys(folder, top, inputs, outputs, bits):
    """What Yosys makes of the files in a folder: bits ``[rows, outputs]`` of ``[rows, inputs]``.

    ``inputs`` and ``outputs`` are the names of its ports of several bits, taken lowest bit first.
    """
    script = folder / "read.ys"
    files = " ".join(str(file) for file in sorted(folder.glob("*.v")))
    script.write_text(
        f"read_verilog {files}\nhierarchy -check -top {top}\nproc\nflatten\nopt\nmemory\ntechmap\n"
        f"aigmap\nopt_clean\nwrite_aiger -ascii -symbols {folder / 'out.aag'}\n"
    )
    find_yosys().run([script], timeout=100)
    lines = (folder / "out.aag").read_text().splitlines()
    _, _, ins, latches, outs, ands = lines[0].split()[:6]
    assert latches == "0"
    numbers = [[int(word) for word in line.split()] for line in lines[1:] if line[:1].isdigit()]
    ins, outs, ands = int(ins), int(outs), int(ands)
    names = {}
    for line in lines[1 + ins + outs + ands :]:
        if line == "c":
            break
        symbol, name = line.split(" ", 1)
        names[symbol] = name
    known = {0: np.zeros(len(bits), np.uint8)}
    for place in range(ins):
        name = names[f"i{place}"]
        port, _, index = name.rstrip("]").partition("[")
        if port == inputs:
            known[numbers[place][0] >> 1] = bits[:, int(index or 0)]
    for own, first, second in numbers[ins + outs : ins + outs + ands]:
        known[own >> 1] = (known[first >> 1] ^ (first & 1)) & (known[second >> 1] ^ (second & 1))
    found = {}
    for place in range(outs):
        port, _, index = names[f"o{place}"].rstrip("]").partition("[")
        assert port == outputs
        root = numbers[ins + place][0]
        found[int(index or 0)] = known[root >> 1] ^ (root & 1)
    return np.stack([found[place] for place in sorted(found)], axis=1)
