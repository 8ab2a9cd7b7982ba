"""What is made up, damaged and read: six kinds of input, each with the readers that users have.

A kind makes an input from a generator of random numbers: the name of a file, and its bytes. Reading
it may succeed or raise a `LogicjscError`; everything else is a fault.
"""

from __future__ import annotations

import io
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, get_type_hints

import numpy as np
import onnx
from fuzz.bases import Bases, graphs, models, netlists, tables
from fuzz.mutations import ODD, damaged_array, damaged_bytes, damaged_tree, random_tree

Input = tuple[str, bytes]
"""Name of the file, and what is in it."""


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Attributes:
        name: what it is called.
        make: makes an input.
        read: reads the file of that name in a folder, as the commands do.
    """

    name: str
    make: Callable[[Random, Bases], Input]
    read: Callable[[Path, str, Bases], None]


# Configs ------------------------------------------------------------------------------------------

_METHODS = ("gradient", "anneal", "prune")


def _make_config(rng: Random, _bases: Bases) -> Input:
    from logicjsc.methods.loading import shipped_configs

    known = sorted(shipped_configs().values())
    change = rng.random()
    if change < 0.4:
        return "config.toml", damaged_bytes(rng, rng.choice(known).read_bytes())
    if change < 0.5:
        return "config.toml", _toml(random_tree(rng, 4)).encode("utf-8", "replace")
    return "config.toml", _toml(_random_config(rng)).encode("utf-8", "replace")


def _random_config(rng: Random) -> dict[str, Any]:
    """Known settings with values that are possible, odd or wrong."""
    from logicjsc.methods.method import find_method

    method = rng.choice(_METHODS)
    tree: dict[str, Any] = {"method": rng.choice((method, method, rng.choice(ODD)))}
    for name, section in get_type_hints(find_method(method).config).items():
        if not is_dataclass(section) or rng.random() < 0.3:
            continue
        known = [entry for entry in fields(section) if entry.default is not MISSING]
        tree[name] = {
            entry.name: rng.choice(
                (entry.default, _like(rng, entry.default), rng.choice(ODD), random_tree(rng, 2))
            )
            for entry in rng.sample(known, rng.randint(0, min(6, len(known))))
        }
    return damaged_tree(rng, tree) if rng.random() < 0.3 else tree


def _like(rng: Random, value: Any) -> Any:
    """A value of the type of a setting's default."""
    if isinstance(value, bool) or not isinstance(value, (int, float, tuple)):
        return value
    if isinstance(value, tuple):
        return [rng.choice((1, 2, 3, 8, 0.5)) for _ in range(rng.randint(0, 4))]
    return rng.choice((value * 2, value + 1, 0, 1, -1, 10**6, 1e-9))


def _toml(tree: Any) -> str:
    if not isinstance(tree, dict):
        return f"x = {_toml_value(tree)}\n"
    plain = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    lines = [f"{json.dumps(str(key))} = {_toml_value(value)}" for key, value in plain.items()]
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(f"[{json.dumps(str(key))}]")
            lines += [f"{json.dumps(str(k))} = {_toml_value(entry)}" for k, entry in value.items()]
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key))} = {_toml_value(entry)}" for key, entry in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return "nothing" if value is None else json.dumps(value)


def _read_config(folder: Path, name: str, _bases: Bases) -> None:
    from logicjsc.artefacts.sources import identify
    from logicjsc.methods.loading import load_config

    source = identify(folder / name)
    if source.kind == "config":
        loaded = load_config(source.path)
        loaded.finder.describe(loaded.config, None)
        loaded.to_toml()
    else:
        from logicjsc.explore.study.definition import load_study

        load_study(source.path)


# Netlists -----------------------------------------------------------------------------------------


def _make_netlist(rng: Random, _bases: Bases) -> Input:
    data = rng.choice(netlists())
    if rng.random() < 0.3:
        return "netlist.npz", damaged_bytes(rng, data)
    return "netlist.npz", _damaged_archive(rng, data)


def _damaged_archive(rng: Random, data: bytes) -> bytes:
    """An archive with one to three of its arrays, or of their texts, changed."""
    with np.load(io.BytesIO(data)) as archive:
        arrays = {name: archive[name] for name in archive.files}
    for _ in range(rng.randint(1, 3)):
        if not arrays:
            break
        name = rng.choice(sorted(arrays))
        if rng.random() < 0.1:
            del arrays[name]
            continue
        text = _text_in(arrays[name])
        if text is None:
            arrays[name] = damaged_array(rng, arrays[name])
        else:
            changed = json.dumps(damaged_tree(rng, text))
            whole = arrays[name]
            arrays[name] = (
                np.array(changed)
                if whole.dtype.kind == "U"
                else np.frombuffer(changed.encode("utf-8", "replace"), np.uint8)
            )
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _text_in(array: np.ndarray) -> Any:
    """The tree in an array that holds a text as JSON; None if it holds none."""
    try:
        text = array.item() if array.dtype.kind == "U" else array.tobytes().decode()
        found = json.loads(text)
    except (ValueError, TypeError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _read_netlist(folder: Path, name: str, _bases: Bases) -> None:
    from logicjsc.artefacts.describe import describe
    from logicjsc.artefacts.sources import identify
    from logicjsc.dataset.provenance import Provenance
    from logicjsc.netlist import digest_of, evaluate, load_netlist
    from logicjsc.netlist.passes import drop_dead_nodes

    path = folder / name
    netlist = load_netlist(path)
    describe(identify(path))
    drop_dead_nodes(netlist)
    evaluate(netlist, np.zeros((2, netlist.inputs), np.int64))
    digest_of(netlist)
    Provenance.in_netlist(netlist.provenance)
    if netlist.encoder is not None:
        names = netlist.encoder.feature_names
        features = np.linspace(-3, 3, 5 * len(names)).reshape(5, -1)
        codes = evaluate(netlist, netlist.encoder.encode(features))
        if netlist.decoder is not None:
            netlist.decoder.classify(codes)


# ONNX graphs --------------------------------------------------------------------------------------

_OPERATORS = (
    "Add", "Sub", "Mul", "Div", "MatMul", "Gemm", "Relu", "Abs", "Neg", "Identity", "Clip",
    "Concat", "Flatten", "Transpose", "Reshape", "Gather", "Split", "Round", "Floor", "Cast",
    "QuantizeLinear", "DequantizeLinear", "ReduceSum", "Softmax", "Sigmoid", "ArgMax", "Loop",
    "If", "Where", "Squeeze", "Unsqueeze", "Pad", "Sqrt", "Max", "Sum", "Nonsense",
)  # fmt: skip


def _make_onnx(rng: Random, _bases: Bases) -> Input:
    if rng.random() < 0.3:
        return "model.onnx", damaged_bytes(rng, rng.choice(models()))
    model = onnx.ModelProto()
    model.CopyFrom(rng.choice(graphs()))
    for _ in range(rng.randint(1, 3)):
        rng.choice(_GRAPH_CHANGES)(rng, model)
    return "model.onnx", model.SerializeToString()


def _change_operator(rng: Random, model: onnx.ModelProto) -> None:
    rng.choice(model.graph.node).op_type = rng.choice(_OPERATORS)


def _change_wire(rng: Random, model: onnx.ModelProto) -> None:
    node = rng.choice(model.graph.node)
    names = [name for entry in model.graph.node for name in (*entry.input, *entry.output)]
    wires = node.input if rng.random() < 0.8 else node.output
    if wires:
        wires[rng.randrange(len(wires))] = rng.choice([*names, "", "x", "nowhere"])


def _change_nodes(rng: Random, model: onnx.ModelProto) -> None:
    nodes = model.graph.node
    place = rng.randrange(len(nodes))
    if rng.random() < 0.5 and len(nodes) > 1:
        del nodes[place]
    else:
        nodes.insert(rng.randrange(len(nodes)), nodes[place])


def _change_constant(rng: Random, model: onnx.ModelProto) -> None:
    constants = model.graph.initializer
    place = rng.randrange(len(constants))
    name = constants[place].name
    if rng.random() < 0.1:
        del constants[place]
        return
    try:
        changed = damaged_array(rng, onnx.numpy_helper.to_array(constants[place]))
        constants[place].CopyFrom(onnx.numpy_helper.from_array(changed, name))
    except (TypeError, ValueError, KeyError, NotImplementedError):
        constants[place].dims.append(rng.choice((0, -1, 2**40)))


def _change_attribute(rng: Random, model: onnx.ModelProto) -> None:
    owners = [node for node in model.graph.node if node.attribute]
    if not owners:
        return
    entry = rng.choice(rng.choice(owners).attribute)
    if entry.type == onnx.AttributeProto.INT:
        entry.i = rng.choice((0, 1, -1, 2, 7, 2**40))
    elif entry.type == onnx.AttributeProto.FLOAT:
        entry.f = rng.choice((0.0, -1.0, math.nan, math.inf, 1e30))
    elif entry.ints:
        entry.ints[rng.randrange(len(entry.ints))] = rng.choice((0, -1, 3, 2**40))


def _change_shape(rng: Random, model: onnx.ModelProto) -> None:
    ends = model.graph.input if rng.random() < 0.5 else model.graph.output
    kind = rng.choice(ends).type.tensor_type
    if rng.random() < 0.3:
        kind.elem_type = rng.choice((1, 2, 3, 7, 9, 10, 11, 16, 99))
    elif kind.shape.dim:
        rng.choice(kind.shape.dim).dim_value = rng.choice((0, 1, 2, 64, -1, 2**40))


def _change_metadata(rng: Random, model: onnx.ModelProto) -> None:
    for key in ("feature_names", "class_names", "target", "thresholds", "feature_words", "dataset"):
        if rng.random() < 0.3:
            entry = model.metadata_props.add()
            entry.key = key
            entry.value = json.dumps(random_tree(rng, 2)).encode("utf-8", "replace").decode()
    if rng.random() < 0.2:
        model.opset_import[0].version = rng.choice((1, 7, 12, 99, -1))


_GRAPH_CHANGES = (
    _change_operator,
    _change_wire,
    _change_nodes,
    _change_constant,
    _change_constant,
    _change_attribute,
    _change_shape,
    _change_metadata,
)


def _read_onnx(folder: Path, name: str, _bases: Bases) -> None:
    from logicjsc.frontend.onnx.tabulate import tabulate_file
    from logicjsc.netlist import evaluate

    netlist = tabulate_file(folder / name, "model", 12)
    evaluate(netlist, np.zeros((2, netlist.inputs), np.int64))


# Manifests ----------------------------------------------------------------------------------------

_MANIFESTS = {
    "manifest.json": "circuit",
    "library.json": "library",
    "run.json": "run",
    "result.json": "run",
    "config.toml": "run",
    "point.toml": "point",
}
"""Files that say what a folder is, and the folders."""


def _make_manifest(rng: Random, bases: Bases) -> Input:
    name = rng.choice(sorted(_MANIFESTS))
    data = (bases.folder / _MANIFESTS[name] / name).read_bytes()
    if rng.random() < 0.4 or name.endswith(".toml"):
        return name, damaged_bytes(rng, data)
    tree = damaged_tree(rng, json.loads(data)) if rng.random() < 0.9 else random_tree(rng, 4)
    return name, json.dumps(tree).encode("utf-8", "replace")


def _read_manifest(folder: Path, name: str, bases: Bases) -> None:
    from logicjsc.artefacts.describe import describe
    from logicjsc.artefacts.netlists import provenance_of
    from logicjsc.artefacts.sources import Source
    from logicjsc.core.run import Run
    from logicjsc.explore.zoo.points import read_point
    from logicjsc.methods.result import Recorded

    kind: Any = _MANIFESTS[name]
    place = folder / kind
    if not place.exists():
        shutil.copytree(bases.folder / kind, place, ignore=shutil.ignore_patterns("tensorboard"))
    before = (place / name).read_bytes()
    try:
        shutil.copyfile(folder / name, place / name)
        source = Source(kind, place)
        if kind == "point":
            read_point(place / name)
            return
        describe(source)
        provenance_of(source)
        if kind == "run":
            recorded = Recorded.of(Run.open(place))
            _ = recorded.best, recorded.fingerprint, recorded.of_file("netlist.npz")
    finally:
        (place / name).write_bytes(before)


# Tables of data -----------------------------------------------------------------------------------


def _make_table(rng: Random, _bases: Bases) -> Input:
    suffix = rng.choice((".csv", ".csv", ".tsv", ".arff", ".npz", ".npz", ".parquet", ".h5"))
    data = tables()[suffix]
    change = rng.random()
    if suffix == ".npz" and change < 0.7:
        return f"table{suffix}", _damaged_archive(rng, data)
    if suffix in {".csv", ".tsv"} and change < 0.5:
        separator = "," if suffix == ".csv" else "\t"
        rows = [line.split(separator) for line in data.decode().splitlines()]
        for _ in range(rng.randint(1, 4)):
            rows = _damaged_rows(rng, rows)
        return f"table{suffix}", "\n".join(map(separator.join, rows)).encode("utf-8", "replace")
    return f"table{suffix}", damaged_bytes(rng, data)


def _damaged_rows(rng: Random, rows: list[list[str]]) -> list[list[str]]:
    if not rows:
        return [[str(rng.choice(ODD))]]
    place = rng.randrange(len(rows))
    change = rng.randrange(5)
    if change == 0:
        return rows[:place] + rows[place + 1 :]
    if change == 1:
        return [*rows, rows[place]]
    if change == 2:
        column = rng.randrange(5)
        odd = str(rng.choice(ODD))
        return [[*row[:column], odd, *row[column + 1 :]] for row in rows]
    row = list(rows[place])
    if change == 3 and row:
        row[rng.randrange(len(row))] = str(rng.choice(ODD))
    else:
        row = row[:-1] if rng.random() < 0.5 else [*row, "x"]
    return [*rows[:place], row, *rows[place + 1 :]]


def _read_samples(folder: Path, name: str, _bases: Bases) -> None:
    from logicjsc.dataset import DataConfig, load_dataset
    from logicjsc.dataset.load import load_described
    from logicjsc.dataset.provenance import Provenance

    path = str(folder / name)
    target = "" if name.endswith((".npz", ".h5")) else "sort"
    config = DataConfig(path=path, target=target)
    load_described(config)
    dataset = load_dataset(config)
    Provenance.from_dict(json.loads(json.dumps(Provenance.of(dataset).to_dict())))


# Checkpoints --------------------------------------------------------------------------------------


def _make_checkpoint(rng: Random, bases: Bases) -> Input:
    import torch

    name = rng.choice(("checkpoint.pt", "state.pt"))
    data = (bases.run / name).read_bytes()
    if rng.random() < 0.4:
        return name, damaged_bytes(rng, data)
    tree = torch.load(io.BytesIO(data), weights_only=True)
    for _ in range(rng.randint(1, 2)):
        tree = _damaged_state(rng, tree)
    stream = io.BytesIO()
    torch.save(tree, stream)
    return name, stream.getvalue()


def _damaged_state(rng: Random, tree: Any) -> Any:
    """A tree of tensors and plain values with one change."""
    import torch

    if isinstance(tree, dict) and tree and rng.random() < 0.95:
        key = rng.choice(list(tree))
        if rng.random() < 0.1:
            return {name: value for name, value in tree.items() if name != key}
        return {**tree, key: _damaged_state(rng, tree[key])}
    if isinstance(tree, list) and tree and rng.random() < 0.9:
        place = rng.randrange(len(tree))
        return [*tree[:place], _damaged_state(rng, tree[place]), *tree[place + 1 :]]
    if isinstance(tree, torch.Tensor) and rng.random() < 0.8:
        changed = damaged_array(rng, tree.detach().numpy())
        try:
            return torch.from_numpy(np.ascontiguousarray(changed))
        except (TypeError, ValueError):
            return tree.double()
    return rng.choice(ODD)


def _read_checkpoint(folder: Path, name: str, bases: Bases) -> None:
    from logicjsc.core.run import Run
    from logicjsc.methods.gradient import checkpoint
    from logicjsc.methods.gradient.evaluation import scores_of

    place = folder / "run"
    if not place.exists():
        shutil.copytree(bases.run, place, ignore=shutil.ignore_patterns("tensorboard"))
    shutil.copyfile(folder / name, place / name)
    run = Run.open(place)
    try:
        if name == "checkpoint.pt":
            import torch

            saved = checkpoint.load_model(run)
            scores_of(saved.network, torch.zeros(3, 16))
            return
        _trainer(place).restore()
    finally:
        shutil.copyfile(bases.run / name, place / name)


@lru_cache(maxsize=1)
def _trainer(place: Path) -> Any:
    """A trainer whose state is read again and again: making one takes longer than reading."""
    from reference.small_jets import small_splits

    from logicjsc.core.run import Run
    from logicjsc.methods.gradient.loop import Trainer
    from logicjsc.methods.loading import load_config

    run = Run.open(place)
    return Trainer(run, load_config(run.config_file).config, small_splits())


KINDS = {
    kind.name: kind
    for kind in (
        Kind("configs", _make_config, _read_config),
        Kind("netlists", _make_netlist, _read_netlist),
        Kind("onnx", _make_onnx, _read_onnx),
        Kind("manifests", _make_manifest, _read_manifest),
        Kind("tables", _make_table, _read_samples),
        Kind("checkpoints", _make_checkpoint, _read_checkpoint),
    )
}
