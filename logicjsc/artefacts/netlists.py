"""The netlist of anything that has one, and the samples that belong to it."""

from __future__ import annotations

from pathlib import Path

from logicjsc.artefacts.sources import Source
from logicjsc.core.errors import ConfigError, DataError
from logicjsc.core.progress import OnProgress, silent
from logicjsc.core.run import Run
from logicjsc.dataset.config import DataConfig
from logicjsc.dataset.load import load_dataset, load_like
from logicjsc.dataset.provenance import Provenance
from logicjsc.dataset.samples import Dataset, Part, Samples
from logicjsc.dataset.schema import Target
from logicjsc.emit.c.library import load_library
from logicjsc.emit.verilog import load_circuit
from logicjsc.methods.method import find_method
from logicjsc.netlist import Netlist, load_netlist
from logicjsc.netlist.scoring import ends_of


def netlist_of(
    source: Source, address_limit: int | None = None, on_progress: OnProgress = silent
) -> Netlist:
    """The netlist of a run, ONNX model, netlist file, circuit, C library or point of the zoo.

    A run's is brought up to date.

    Raises:
        ConfigError: the source has none.
        LogicjscError: it cannot be made or read.
    """
    if source.kind == "run":
        run = Run.open(source.path)
        return find_method(run.header().method).netlist(run, on_progress, address_limit)
    if source.kind == "onnx":
        return _netlist_of_onnx(source, address_limit, on_progress)
    if source.kind == "netlist":
        return load_netlist(source.path)
    if source.kind == "point":
        return load_netlist(source.path / "netlist.npz")
    if source.kind == "circuit":
        return load_circuit(source.path).netlist
    if source.kind == "library":
        return load_library(source.path).netlist
    raise ConfigError(
        f"{source.path} is a {source.kind}; a run, model, netlist, circuit or point of the zoo is "
        f"needed here"
    )


def is_of_trees(source: Source) -> bool:
    """Whether a source is an ONNX model of trees, whose netlist is not found by tabulating.

    Raises:
        OnnxModelError: it is no valid ONNX model.
    """
    if source.kind != "onnx":
        return False
    from logicjsc.frontend.onnx.files import holds_trees, load_onnx

    return holds_trees(load_onnx(source.path))


def _netlist_of_onnx(source: Source, address_limit: int | None, on_progress: OnProgress) -> Netlist:
    """A network by tabulating; trees with leaves as wide as they are without samples."""
    from logicjsc.frontend.importer import Asked, find_importer
    from logicjsc.frontend.onnx.tabulate import tabulate_file

    if not is_of_trees(source):
        return tabulate_file(source.path, source.name, address_limit, on_progress)
    trees = find_importer("trees")
    asked = Asked(source.name, trees.settings(), on_progress=on_progress)
    return trees.read(source.path, asked).netlist


def provenance_of(source: Source) -> Provenance | None:
    """What a source says of its samples; None if it says nothing.

    Raises:
        LogicjscError: it cannot be read.
    """
    if source.kind == "run":
        return Provenance.from_dict(Run.open(source.path).header().dataset)
    if source.kind == "onnx":
        from logicjsc.frontend.onnx.graph import load_onnx, metadata_of

        return Provenance.in_netlist(metadata_of(load_onnx(source.path)))
    return Provenance.in_netlist(netlist_of(source).provenance)


def samples_of(source: Source, part: Part, data: Path | None = None) -> Samples:
    """The samples that belong to a source: the one answer for every command.

    Args:
        source: a run, model, netlist, circuit, library or point.
        part: which part of them, unless ``data`` holds others.
        data: file, folder or known task to take them from; None: from where they came.

    Raises:
        DataError: they cannot be had.
        OtherSamplesError: they are others than those it was made from.
    """
    known = provenance_of(source)
    if known is None:
        if data is None:
            raise DataError(_unknown(source))
        return load_like(data, *_names_of(source))
    try:
        return known.part(part, data)
    except DataError as error:
        raise type(error)(f"{source.path}: {error}") from error


def dataset_of(source: Source, data: Path | None = None) -> Dataset:
    """All three parts of the samples that belong to a source.

    With ``data``, the same samples at another place, or others, divided by the same rule.

    Raises:
        DataError: they cannot be had.
        OtherSamplesError: they are others than those it was made from.
    """
    known = provenance_of(source)
    if known is None:
        if data is None:
            raise DataError(_unknown(source))
        return load_dataset(DataConfig(path=str(data)))
    try:
        if data is None:
            return known.dataset()
        return known.moved(data) or known.divided(data)
    except DataError as error:
        raise type(error)(f"{source.path}: {error}") from error


def _names_of(source: Source) -> tuple[tuple[str, ...], Target]:
    """Names of a source's features, and what it decides."""
    if source.kind == "onnx" and not is_of_trees(source):
        from logicjsc.frontend.onnx.graph import Graph, load_onnx, metadata_of
        from logicjsc.frontend.onnx.thresholds import named_ends

        model = load_onnx(source.path)
        return named_ends(Graph(model), metadata_of(model))
    encoder, decoder = ends_of(netlist_of(source))
    return encoder.feature_names, Target(decoder.kind, decoder.class_names)


def _unknown(source: Source) -> str:
    return (
        f"{source.path} does not say which samples it was made from; name some with --data, "
        f"read as its features and target are named"
    )
