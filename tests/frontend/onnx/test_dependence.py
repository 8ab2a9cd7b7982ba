"""Dependence sets against what happens when a feature is changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.onnx_builder import Builder
from reference.onnx_models import FOREIGN, foreign_model

from logicjsc.frontend.onnx.dependence import DependenceTracker
from logicjsc.frontend.onnx.graph import Graph


def tracked(graph):
    """Features that each element of each tensor may depend on, bool ``[elements, features]``."""
    tracker = DependenceTracker(graph, graph.features)
    tracker.set_sources(graph.input, 0)
    for node in graph.nodes:
        tracker.propagate(node)
    return {name: rows.toarray() for name, rows in tracker.rows.items()}


def observed(graph, names, trials=4, reach=3.0):
    """The same, as changes of one feature at a time show it: never more than there is."""
    rng = np.random.default_rng(0)
    session = graph.subgraph([], names)
    found = dict.fromkeys(names, False)
    for _ in range(trials):
        rows = np.repeat(rng.normal(size=(1, graph.features)), graph.features + 1, axis=0)
        rows[1:][np.diag_indices(graph.features)] += rng.uniform(-reach, reach, graph.features)
        results = session.run({graph.input: rows.astype(np.float32)}, names)
        for name, result in zip(names, results, strict=True):
            flat = result.reshape(len(result), -1)
            found[name] = found[name] | (flat[1:] != flat[0]).T
    return found


class RandomGraph:
    """Everything that is followed exactly, with generic weights."""

    KINDS = "gemm matmul gather concat slice box add mask norm tanh split".split()

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        features = int(self.rng.integers(2, 7))
        self.builder = Builder(features, int(self.rng.choice([13, 17, 21])))
        self.vectors = [("x", features)]
        for _ in range(int(self.rng.integers(3, 9))):
            add = getattr(self, str(self.rng.choice(self.KINDS)))
            self.vectors.append(add(*self.pick(), int(self.rng.integers(1, 6))))
        self.graph = Graph(self.builder.proto(*self.vectors[-1]))

    def pick(self):
        return self.vectors[int(self.rng.integers(len(self.vectors)))]

    def numbers(self, *shape):
        return self.builder.constant(self.rng.normal(size=shape) + 0.1)

    def masked(self, *shape):
        mask = self.rng.random(shape) < 0.5
        return self.builder.constant((self.rng.normal(size=shape) + 0.1) * mask)

    def whole(self, *values):
        return self.builder.constant(values, np.int64)

    def gemm(self, name, size, made):
        transposed = int(self.rng.integers(2))
        weight = self.masked(*((made, size) if transposed else (size, made)))
        bias = [self.numbers(made)] if self.rng.integers(2) else []
        return self.builder.node("Gemm", name, weight, *bias, transB=transposed), made

    def matmul(self, name, size, made):
        return self.builder.node("MatMul", name, self.masked(size, made)), made

    def gather(self, name, size, made):
        fan_in = int(self.rng.integers(1, 4))
        places = self.builder.constant(self.rng.integers(-size, size, (made, fan_in)), np.int64)
        picked = self.builder.node("Gather", name, places, axis=1)
        scaled = self.builder.node("Mul", self.masked(made, fan_in), picked)
        return self.builder.node("ReduceSum", scaled, self.whole(-1), keepdims=0), made

    def concat(self, name, size, _):
        other, more = self.pick()
        column = self.builder.node("MatMul", name, self.builder.constant(np.zeros((size, 1))))
        column = self.builder.node("Add", column, self.numbers(1))
        return self.builder.node("Concat", name, other, column, axis=1), size + more + 1

    def slice(self, name, size, _):
        start = int(self.rng.integers(size))
        ends = [self.whole(number) for number in (start, 2**31, 1)]
        return self.builder.node("Slice", name, *ends), size - start

    def box(self, name, size, made):
        """``[n, size, 1]`` times ``[1, made]``, turned and flattened."""
        lifted = self.builder.node("Unsqueeze", name, self.whole(2))
        spread = self.builder.node("MatMul", lifted, self.masked(1, made))
        turned = self.builder.node("Transpose", spread, perm=[0, 2, 1])
        return self.builder.node("Flatten", turned), size * made

    def add(self, name, size, _):
        """One element of another tensor added to all of this one."""
        other, more = self.pick()
        one = self.builder.node("Gather", other, self.whole(more - 1), axis=1)
        return self.builder.node(str(self.rng.choice(["Add", "Sum"])), name, one), size

    def mask(self, name, size, _):
        return self.builder.node("Mul", name, self.masked(size)), size

    def norm(self, name, size, _):
        parts = [self.numbers(size) for _ in range(3)] + [self.builder.constant(np.ones(size))]
        return self.builder.node("BatchNormalization", name, *parts), size

    def tanh(self, name, size, _):
        return self.builder.node("Tanh", name), size

    def split(self, name, size, _):
        if size == 1:
            return name, size
        rest = self.builder.node("Split", name, self.whole(1, size - 1), axis=1)
        node = self.builder.nodes[-1]
        self.vectors.append((f"first_of_{rest}", 1))
        node.output.insert(0, f"first_of_{rest}")
        return rest, size - 1


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_sets_are_exactly_what_changing_features_shows(seed):
    graph = RandomGraph(seed).graph
    sets = tracked(graph)
    names = [name for node in graph.nodes for name in node.output]
    shown = observed(graph, names, reach=0.7)
    for name in names:
        # Tanh may hide a change of something far from zero; nothing may appear from nowhere.
        assert not (shown[name] & ~sets[name]).any()
    if not any(node.op_type == "Tanh" for node in graph.nodes):
        for name in names:
            np.testing.assert_array_equal(sets[name], shown[name], err_msg=name)


@pytest.mark.parametrize("kind", FOREIGN)
def test_no_influence_between_quantisers_is_missed(kind):
    graph = Graph(foreign_model(kind, seed=3).model)
    sets = tracked(graph)
    shown = observed(graph, [name for node in graph.nodes for name in node.output])
    assert any(found.any() for found in shown.values())
    for name, found in shown.items():
        assert not (found & ~sets[name]).any()


def set_of(builder, output, elements):
    """Dependence of the elements of ``output``, one list of features each."""
    rows = tracked(Graph(builder.proto(output, elements)))[output]
    return [np.flatnonzero(row).tolist() for row in rows]


class TestSingleNodes:
    def test_a_look_up_by_data_depends_on_its_indices(self):
        builder = Builder(3)
        places = builder.node("Cast", builder.node("Sign", "x"), to=7)
        out = builder.node("Gather", builder.constant([0.5, 1.5]), places)
        assert all({index} <= set(row) for index, row in enumerate(set_of(builder, out, 3)))

    def test_indices_of_elements_by_data_mix_everything(self):
        builder = Builder(3)
        places = builder.node("Cast", builder.node("Sign", "x"), to=7)
        out = builder.node("GatherElements", "x", places, axis=1)
        assert set_of(builder, out, 3) == [[0, 1, 2]] * 3

    def test_unknown_operators_mix_everything(self):
        builder = Builder(3)
        out = builder.node("Softmax", "x", axis=1)
        assert set_of(builder, out, 3) == [[0, 1, 2]] * 3

    def test_operators_of_other_domains_are_not_known_by_their_name(self):
        builder = Builder(2)
        out = builder.node("Neg", "x")
        graph = Graph(builder.proto(out, 2))
        graph.nodes[0].domain = "somewhere.else"
        np.testing.assert_array_equal(tracked(graph)[out], np.ones((2, 2)))

    def test_constants_times_activations_follow_the_constants(self):
        builder = Builder(3)
        box = builder.node("Unsqueeze", "x", builder.constant([2], np.int64))
        out = builder.node("Flatten", builder.node("MatMul", builder.constant(np.eye(3)), box))
        assert set_of(builder, out, 3) == [[0], [1], [2]]

    def test_activations_times_activations_mix_everything(self):
        builder = Builder(2)
        column = builder.node("Unsqueeze", "x", builder.constant([2], np.int64))
        row = builder.node("Unsqueeze", "x", builder.constant([1], np.int64))
        out = builder.node("Flatten", builder.node("MatMul", column, row))
        assert set_of(builder, out, 4) == [[0, 1]] * 4

    def test_a_bias_that_is_data_is_not_forgotten(self):
        builder = Builder(2)
        out = builder.node("Gemm", "x", builder.constant(np.diag([1, 0])), "x")
        assert {1} <= set(set_of(builder, out, 2)[1])

    def test_a_vector_on_the_right_of_a_product(self):
        builder = Builder(3)
        total = builder.node("MatMul", "x", builder.constant([1, 0, 2]))
        out = builder.node("Unsqueeze", total, builder.constant([1], np.int64))
        assert set(set_of(builder, out, 1)[0]) >= {0, 2}

    @pytest.mark.parametrize("keep", [0, 1])
    def test_reductions_by_attribute(self, keep):
        builder = Builder(4, 13)
        box = builder.node("Reshape", "x", builder.constant([-1, 2, 2], np.int64))
        out = builder.node("ReduceMax", box, axes=[-2], keepdims=keep)
        out = builder.node("Flatten", out)
        assert set_of(builder, out, 2) == [[0, 2], [1, 3]]

    def test_bounds_and_exponents_that_are_data(self):
        builder = Builder(3)
        ones = [
            builder.node("Gather", "x", builder.constant([n], np.int64), axis=1) for n in (1, 2)
        ]
        power = builder.node("Pow", "x", ones[0])
        out = builder.node("Where", builder.node("Cast", ones[1], to=9), power, "x")
        assert set_of(builder, out, 3) == [[0, 1, 2], [1, 2], [1, 2]]

    def test_dropout_of_evaluation_mode_is_a_wire(self):
        builder = Builder(3)
        out = builder.node("Dropout", "x")
        assert set_of(builder, out, 3) == [[0], [1], [2]]

    def test_repeated_and_spread_elements(self):
        builder = Builder(2)
        tiled = builder.node("Tile", "x", builder.constant([1, 2], np.int64))
        box = builder.node("Unsqueeze", tiled, builder.constant([2], np.int64))
        wide = builder.node("Expand", box, builder.constant([1, 1, 2], np.int64))
        out = builder.node("Flatten", wide)
        assert set_of(builder, out, 8) == [[0], [0], [1], [1]] * 2
