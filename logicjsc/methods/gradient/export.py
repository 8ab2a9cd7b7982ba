"""A trained network as an ONNX file that holds everything from raw features to scores."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import onnx
import torch
from torch import nn

from logicjsc import __version__
from logicjsc.core.errors import ConfigError, OnnxModelError
from logicjsc.core.files import atomic_file
from logicjsc.core.temporary import temporary_folder
from logicjsc.dataset import Dataset
from logicjsc.dataset.metrics import choose_thresholds
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.frontend.onnx.tabulate import tabulate_file
from logicjsc.frontend.onnx.torch_export import silent_stderr
from logicjsc.methods.gradient.checkpoint import SavedModel, digest_of_weights
from logicjsc.methods.gradient.evaluation import class_scores
from logicjsc.methods.gradient.network.network import SparseNetwork, with_dense_matrices
from logicjsc.netlist import Netlist

OnnxFormat = Literal["qcdq", "qonnx"]

_OPSET: Final = 17
"""Old enough for every tool of the field; newer ones add nothing that these graphs use."""


def export_onnx(saved: SavedModel, path: Path, onnx_format: OnnxFormat = "qcdq") -> None:
    """Write a network as ONNX, atomically.

    QCDQ (QuantizeLinear, Clip, DequantizeLinear) runs in plain onnxruntime; QONNX keeps each
    quantiser as one ``Quant`` node (Pappalardo et al., arXiv:2206.07527). Metadata: the samples'
    provenance with names of features and target, the scaler, the thresholds of a binary target or
    of labels, the digest of the checkpoint and this version.

    Raises:
        OnnxModelError: QONNX cannot hold the network.
    """
    scaler, schema = saved.scaler, saved.provenance.schema
    copy = with_dense_matrices(saved.network).cpu()
    model = onnx.load_from_string(_trace(copy, len(scaler.mean), onnx_format))
    if any(node.op_type == "BipolarQuant" for node in model.graph.node):
        raise OnnxModelError(
            "QONNX takes every one-bit quantiser for one of -1 and +1, which this network's are "
            "not; export it as QCDQ, or train with at least 2 bits (network.input_bits, "
            "network.bits)"
        )
    metadata = {
        "logicjsc_version": __version__,
        "checkpoint_digest": saved.digest,
        "feature_names": json.dumps(schema.feature_names),
        "class_names": json.dumps(schema.target.names),
        "target": json.dumps(schema.target.to_dict()),
        KEY: saved.provenance.to_text(),
        "scaler_mean": json.dumps(scaler.mean),
        "scaler_deviation": json.dumps(scaler.deviation),
    }
    if scaler.words is not None:
        metadata["feature_words"] = json.dumps(scaler.words.to_dict())
    if saved.thresholds is not None:
        metadata["thresholds"] = json.dumps(saved.thresholds.tolist())
    onnx.helper.set_model_props(model, metadata)
    with atomic_file(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def netlist_of_network(network: nn.Module, dataset: Dataset, name: str = "network") -> Netlist:
    """The netlist of a network that was trained elsewhere, by the same way as a run's.

    Args:
        network: from `build_network`.
        dataset: the samples it was built for; thresholds are chosen on the validation samples.
        name: of the netlist.

    Raises:
        ConfigError: the network is another one, or was built for other features.
        OnnxModelError: it cannot be tabulated.
    """
    if not isinstance(network, SparseNetwork):
        raise ConfigError(
            f"{type(network).__name__} is no sparse quantised network of logicjsc; build one with "
            f"build_network, or export the model to ONNX and import that"
        )
    features = len(dataset.schema.feature_names)
    if len(network.scaler.mean) != features:
        raise ConfigError(
            f"the network was built for {len(network.scaler.mean)} features, the samples of "
            f"{dataset.source} have {features}"
        )
    scores = class_scores(network, dataset.validation).numpy()
    saved = SavedModel(
        network.eval(),
        network.scaler,
        Provenance.of(dataset),
        choose_thresholds(scores, dataset.validation),
        digest_of_weights(network.state_dict()),
    )
    with temporary_folder("export") as folder:
        path = Path(folder, f"{name}.onnx")
        export_onnx(saved, path)
        return tabulate_file(path, name)


def _trace(network: nn.Module, features: int, onnx_format: OnnxFormat) -> bytes:
    # The TorchScript exporter keeps BatchNorm as it is; torch's newer one folds it into Gemm.
    settings = {
        "dynamo": False,
        "opset_version": _OPSET,
        "input_names": ["features"],
        "output_names": ["scores"],
        "dynamic_axes": {"features": {0: "samples"}, "scores": {0: "samples"}},
    }
    example = torch.zeros(2, features)
    stream = io.BytesIO()
    with warnings.catch_warnings(), silent_stderr():
        # Deprecations inside torch and brevitas that no caller can act on.
        warnings.simplefilter("ignore")
        if isinstance(network, SparseNetwork):
            from brevitas.export import export_qonnx

            export = _qcdq_exporter() if onnx_format == "qcdq" else export_qonnx
            export(
                network,
                args=(example,),
                export_path=stream,
                keep_initializers_as_inputs=False,
                **settings,
            )
        else:
            torch.onnx.export(network, (example,), stream, **settings)  # type: ignore[arg-type]
    return stream.getvalue()


def _qcdq_exporter() -> Callable[..., object]:
    """Brevitas' exporter, for integers of one bit as well.

    It refuses them in case they are binary (-1 and +1), which these networks never are.
    """
    from brevitas.export.onnx.standard.qcdq.handler import StdQCDQCastONNXActQuantProxyHandler
    from brevitas.export.onnx.standard.qcdq.manager import StdQCDQONNXManager

    class Handler(StdQCDQCastONNXActQuantProxyHandler):  # type: ignore[misc]  # untyped base
        def validate(self, module: Any) -> None:  # noqa: ANN401 - Brevitas is untyped
            if module.bit_width() > 1:
                super().validate(module)

    class Manager(StdQCDQONNXManager):  # type: ignore[misc]  # untyped base
        handlers = (Handler, *StdQCDQONNXManager.handlers)

    export: Callable[..., object] = Manager.export
    return export
