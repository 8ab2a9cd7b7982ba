"""Changes that once were missed, or might be, by the kind of circuit."""

from __future__ import annotations

from pathlib import Path

from mutations.changes import replaced

_NO_RESET = (r"\.rst\(rst\)", ".rst(1'b0)")

NAMED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "tables": (
        ("deciding_network.v", *_NO_RESET),
        ("deciding_encoder.v", *_NO_RESET),
        ("pipeline_register.v", r"out_data <= in_data", "out_data = in_data"),
        ("pipeline_register.v", r"out_valid <= in_valid", "out_valid = in_valid"),
        ("deciding_argmax.v", r"\[14:12\]", "[13:11]"),
        ("deciding_argmax.v", r"\[11:9\]", "[10:8]"),
        ("deciding_inner.v", r"\[5:3\]", "[4:2]"),
        ("deciding_inner.v", r"input  wire \[8:0\]", "input  wire [9:0]"),
        ("deciding_inner.v", r"output wire \[7:0\]", "output wire [8:0]"),
        ("deciding.v", r"input  wire \[11:0\]", "input  wire [12:0]"),
    ),
    "mapped": (
        ("deciding.v", *_NO_RESET),
        ("deciding_segment1.v", r"\.in\(\{(\w+), (\w+)", r".in({\2, \1"),
        ("deciding_segment1.v", r"TABLE\(64'h2", "TABLE(64'h3"),
        ("deciding_segment1.v", r"input  wire \[8:0\]", "input  wire [9:0]"),
        ("deciding_segment1.v", r"output wire \[14:0\]", "output wire [15:0]"),
        ("deciding_network.v", r"wire \[14:0\] rank1_q", "wire [15:0] rank1_q"),
        ("lut_cell.v", r"TABLE\[in\]", "TABLE[~in]"),
        ("pipeline_register.v", r"out_data <= in_data", "out_data = in_data"),
    ),
    "carry": (
        ("additive.v", *_NO_RESET),
        ("additive_segment1.v", r"\.I0\((\w+)\), \.I1\((\w+)\)", r".I0(\2), .I1(\1)"),
        ("additive_segment3.v", r"\.data\(\{(\w+), (\w+)", r".data({\2, \1"),
        ("additive_segment2.v", r"\.I5\(1'b1\)", ".I5(1'b0)"),
        ("additive_segment3.v", r"output wire \[21:0\]", "output wire [22:0]"),
        ("additive.v", r"\{rank4_q, 1'b0\}", "{rank4_q, 1'b1}"),
        ("carry_chain.v", r"carries\[0\] = 1'b0", "carries[0] = 1'b1"),
        ("carry_chain.v", r"START != 0", "START == 0"),
        ("carry_chain.v", r"1'b0\}\}, select", "1'b1}}, select"),
    ),
    "stream": (
        ("deciding.v", r"\.rst\(~aresetn\)", ".rst(1'b0)"),
        ("deciding_chain.v", *_NO_RESET),
        ("deciding.v", r"DEPTH_BITS\(3\)", "DEPTH_BITS(2)"),
        ("deciding.v", r"input  wire \[15:0\]", "input  wire [16:0]"),
        ("axi_stream_buffer.v", r"PLACES = \{1'b1", "PLACES = {1'b0"),
        ("axi_stream_buffer.v", r"\{DEPTH_BITS\{1'b0\}\}, 1'b1", "{DEPTH_BITS{1'b0}}, 1'b0"),
        ("axi_stream_buffer.v", r"ready <= 1'b0", "ready <= 1'b1"),
        ("axi_stream_buffer.v", r"free <= free_next", "free = free_next"),
        ("axi_stream_buffer.v", r"WIDTH-1:0\] places", "WIDTH:0] places"),
    ),
    "manifest": (),
    "enabled": (
        ("my_deciding.v", r"\.enable\(ce\)", ".enable(1'b1)"),
        ("my_deciding.v", r"\.in_last\(1'b0\)", ".in_last(1'b1)"),
        ("my_deciding.v", r"\.out_ready\(1'b1\)", ".out_ready(1'b0)"),
        ("my_deciding.v", r"BEATS\(3\)", "BEATS(4)"),
        ("my_deciding.v", r"\.rst\(rst\)", ".rst(1'b0)"),
        ("my_deciding_stages.v", r"\.ce\(ce\)", ".ce(1'b1)"),
        ("my_deciding_stages.v", r"INPUT_STAGES = 1", "INPUT_STAGES = 2"),
        ("my_deciding_stages.v", r"leaving_valid\[0\] = circuit", "leaving_valid[0] = ~circuit"),
        ("my_deciding_network.v", r"\.ce\(ce\)", ".ce(in_valid)"),
        ("my_deciding_encoder.v", *_NO_RESET),
        ("my_pipeline_register_ce.v", r" or posedge rst", ""),
        ("my_pipeline_register_ce.v", r"if \(ce\) out_data", "out_data"),
        ("my_beat_collector.v", r"\{in_data, stored\}", "{stored, in_data}"),
        ("my_result_batch.v", r"taken & place", "place"),
    ),
    "packets": (
        ("deciding.v", r"s_axis_tuser, s_axis_tlast", "s_axis_tuser, 1'b0"),
        ("deciding.v", r"s_axis_tuser, s_axis_tlast", "~s_axis_tuser, s_axis_tlast"),
        ("deciding.v", r"\.leaving\((\w+) & (\w+)\)", r".leaving(\1)"),
        ("deciding.v", r"\.in_last\(carried\[0\]\)", ".in_last(1'b0)"),
        ("deciding.v", r"\{1\{present\[0\]\}\}", "{1{present[1]}}"),
        ("deciding.v", r"m_axis_tlast = ended", "m_axis_tlast = ~ended"),
        ("deciding.v", r"DEPTH_BITS\(3\)", "DEPTH_BITS(2)"),
        ("deciding.v", r"\.out_ready\(sample_ready\)", ".out_ready(1'b1)"),
        ("deciding.v", r"\.rst\(~aresetn\)", ".rst(aresetn)"),
        (
            "deciding.v",
            r"\.accepted\(accepted\),\n      \.in_data",
            ".accepted(s_axis_tvalid),\n      .in_data",
        ),
        ("axi_stream_buffer.v", r" or negedge aresetn", ""),
        ("stream_sideband.v", r"if \(leaving\)", "if (accepted)"),
        ("beat_collector.v", r"in_valid & last", "in_valid"),
        ("result_batch.v", r"in_last \| present_next", "present_next"),
    ),
}
"""File, pattern and replacement: resets tied off, blocking assignments, slices beside their place,
inputs of LUTs that are exchanged, flipped constants, ports a bit wider."""


def change_as_named(folder: Path, kind: str, number: int) -> str:
    """Make the change of that number of a kind of circuit; what was done."""
    file, pattern, replacement = NAMED[kind][number]
    path = folder / file
    path.write_text(
        replaced(path.read_text(encoding="ascii"), pattern, replacement), encoding="ascii"
    )
    return f"{file}: {pattern} -> {replacement}"
