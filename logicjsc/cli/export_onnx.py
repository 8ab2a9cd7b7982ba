"""``logicjsc export-onnx``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.arguments import run_argument
from logicjsc.core.console.options import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.methods.gradient.export import OnnxFormat


@click.command("export-onnx")
@run_argument
@click.option("--out", type=path_type, help="File to write (default: model.onnx in the run).")
@click.option(
    "--format",
    "onnx_format",
    type=click.Choice(["qcdq", "qonnx"]),
    default="qcdq",
    show_default=True,
    help="qcdq runs in onnxruntime and is what circuits are made from.",
)
@json_option
def command(run: Path, out: Path | None, onnx_format: OnnxFormat, *, as_json: bool) -> None:
    """Write the model of RUN as ONNX, from raw features to class scores."""
    from logicjsc.core.errors import ConfigError
    from logicjsc.core.run import Run
    from logicjsc.methods.gradient.method import METHOD, export_model

    opened = Run.open(run)
    if opened.header().method != METHOD.name:
        raise ConfigError(f"{run} has no model for ONNX, only its netlist")
    path = export_model(opened, out, onnx_format)
    if as_json:
        print_json({"onnx": str(path), "format": onnx_format, "bytes": path.stat().st_size})
    else:
        click.echo(f"wrote {path} ({path.stat().st_size:,} bytes)")
