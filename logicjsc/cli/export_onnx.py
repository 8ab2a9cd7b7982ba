"""``logicjsc export-onnx``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from logicjsc.cli.common import json_option, path_type, print_json

if TYPE_CHECKING:
    from logicjsc.methods.gradient.export import OnnxFormat


@click.command("export-onnx")
@click.argument("run", type=path_type)
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
    from logicjsc.artefacts.circuit import export_onnx

    path = export_onnx(run, out, onnx_format)
    if as_json:
        print_json({"onnx": str(path), "format": onnx_format, "bytes": path.stat().st_size})
    else:
        click.echo(f"wrote {path} ({path.stat().st_size:,} bytes)")
