"""Models made elsewhere."""

from __future__ import annotations

from pathlib import Path

from logicjsc.api.netlists import Netlist
from logicjsc.core.errors import OnnxModelError
from logicjsc.core.progress import shown_progress


def import_model(model: str | Path, name: str = "", *, address_limit: int | None = None) -> Netlist:
    """The netlist of a model made elsewhere.

    Args:
        model: an ONNX file: quantised (QCDQ), from raw features to scores, few bits per neuron.
        name: of the netlist; by default the file's.
        address_limit: most address bits of a table; by default 16.

    Raises:
        OnnxModelError: the file is none, or something in it cannot be a table; the message names it
            and what to change.
    """
    from logicjsc.frontend.onnx.tabulate import tabulate_file

    path = Path(model)
    if path.suffix.lower() != ".onnx":
        raise OnnxModelError(f"{path} is no ONNX file (.onnx)")
    with shown_progress("tabulating") as update:
        return Netlist(tabulate_file(path, name or path.stem, address_limit, update))
