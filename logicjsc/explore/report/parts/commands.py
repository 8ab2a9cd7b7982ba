"""The commands that make it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from logicjsc.emit.hdl.options import INLINE, SYNCHRONOUS
from logicjsc.emit.verilog.manifest import Manifest
from logicjsc.explore.report.elements import Commands, Element, Note
from logicjsc.explore.report.part import Part
from logicjsc.explore.report.subject import Subject


def _make(subject: Subject) -> Iterator[Element]:
    kind, path = subject.source.kind, str(subject.source.path)
    if subject.run is not None:
        yield from _of_run(subject)
    elif subject.point is not None:
        yield Commands(
            (
                subject.point.header.command,
                _line("zoo", "verify", subject.name),
                *_next_steps(subject.name, subject.name),
            )
        )
    elif subject.circuit is not None:
        yield from _of_circuit(subject.circuit.manifest, path)
    elif kind in {"netlist", "onnx"}:
        yield Commands((_line("test", path), *_next_steps(path, subject.name)))
    else:
        yield Commands((_line("test", path), _line("verify", path)))


def _of_run(subject: Subject) -> Iterator[Element]:
    path, config, run = str(subject.source.path), subject.config, subject.run
    if config is None or run is None:
        return
    data = config.config.data
    if not (data.path or data.task):
        yield Note(
            "The samples were given as arrays: train again from Python, with the same arrays and "
            "these settings."
        )
    again = _line("train", str(run.config_file), "--out", f"{path}-again")
    if run.is_finished:
        yield Commands((again, _line("test", path), *_next_steps(path, subject.name)))
    else:
        yield Commands((_line("train", "--resume", path), again))


def _next_steps(source: str, name: str) -> tuple[str, ...]:
    circuit = f"hw/build/{name}"
    return (
        _line("export-verilog", source, "--out", circuit),
        _line("verify", source, "--circuit", circuit),
    )


def _of_circuit(manifest: Manifest, path: str) -> Iterator[Element]:
    netlist = f"{path}/netlist.npz"
    arguments = circuit_flags(manifest)
    yield Commands(
        (
            _line("export-verilog", netlist, "--out", f"{path}-again", *arguments),
            _line("verify", path),
        )
    )
    if manifest.lut is not None:
        yield Note("How hard LUTs were searched for is not recorded; medium is assumed.")
    words = manifest.options.words
    if words is not None and len(set(words.widths)) > 1:
        yield Note("The widths of the words differ, which export-verilog takes from Python only.")


def circuit_flags(manifest: Manifest) -> list[str]:
    """The options of ``export-verilog`` that make a circuit with the same ends and registers."""
    options = manifest.options
    pipeline = str(options.pipeline)
    if options.lut_depth:
        pipeline = f"depth={options.lut_depth}"
    elif options.clock_ps:
        pipeline = f"clock={options.clock_ps:g}ps"
    widths = () if options.words is None else options.words.widths
    chosen = {
        ("--pipeline", pipeline): pipeline != "1",
        ("--latency", f"{options.latency_ps:g}ps"): options.latency_ps > 0,
        ("--register-inputs",): options.register_inputs,
        ("--no-register-outputs",): not options.register_outputs,
        ("--argmax",): options.argmax,
        ("--encoder-bits", str(max(widths, default=0))): bool(widths),
        ("--encoder",): options.encoder and not widths,
        ("--axi-stream",): options.axi_stream,
        ("--prefix", options.prefix): bool(options.prefix),
        ("--clock-enable",): options.clock_enable,
        ("--reset", options.reset): options.reset != SYNCHRONOUS,
        ("--input-stages", str(options.input_stages)): options.input_stages > 0,
        ("--output-stages", str(options.output_stages)): options.output_stages > 0,
        ("--beats", str(options.beats)): options.beats > 1,
        ("--batch", str(options.batch)): options.batch > 1,
        ("--tlast",): options.tlast,
        ("--tuser", str(options.tuser)): options.tuser > 0,
        ("--tmr", options.tmr): options.tmr != "",
        ("--mapped", "medium"): manifest.lut is not None,
        ("--adders", options.adders): options.adders != "lut",
        ("--primitives", options.primitives): options.primitives != INLINE,
    }
    return [word for words, is_set in chosen.items() if is_set for word in words]


def _line(*arguments: str) -> str:
    return shlex.join(["logicjsc", *arguments])


PART = Part("commands", "Making it again", 110, _make)
