"""Programs become networks that are equal to alkaid's own interpreter of them."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from alkaid.types import CombLogic
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.alir_programs import by_hand, every_operation, feature_rows, random_program

from logicjsc.core.errors import ImportedModelError
from logicjsc.dataset import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import from_memory
from logicjsc.frontend.alir.importer import IMPORTER, AlirSettings
from logicjsc.frontend.importer import Asked, kind_of, read_model
from logicjsc.netlist import Netlist, SumLayer, evaluate

X = ((), -1, (0,), (-2, 1.75, 0.25))
Y = ((), -1, (1,), (0, 3, 1))


def imported(model, dataset=None, **settings_):
    return read_model("alir", model, Asked("net", AlirSettings(**settings_), dataset)).netlist


def values_of(netlist: Netlist, features):
    codes = netlist.encoder.encode(features)
    return netlist.decoder.decode(evaluate(netlist, codes))


def assert_equals_interpreter(netlist, program, rows=2000, seed=0):
    features = feature_rows(program, rows, seed)
    np.testing.assert_array_equal(values_of(netlist, features), program.predict(features))


def test_every_operation_is_the_interpreter_s():
    program = every_operation()
    opcodes = {operation.opcode for operation in program.ops}
    assert opcodes == {-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
    netlist = imported(program, decides="value")
    assert_equals_interpreter(netlist, program, 10_000)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_random_programs_are_the_interpreter_s(seed):
    program = random_program(seed)
    netlist = imported(program, decides="value", wrap_bits=7)
    assert_equals_interpreter(netlist, program, 400, seed)


def test_sums_of_many_terms_are_the_interpreter_s():
    program = by_hand([X, Y, ((0, 1, 0), 11, (0, 0, 1, 1, 1, -1), (-8, 12, 0.125))], [2], inputs=2)
    assert_equals_interpreter(imported(program), program)


@pytest.mark.parametrize("width", [5, 9])
def test_large_products_are_sums_of_small_ones(width):
    step = 2.0 ** (3 - width)
    wide = [((), -1, (number,), (-4, 4 - step, step)) for number in range(2)]
    program = by_hand([*wide, ((0, 1), 7, (), (-16, 16, step**2))], [2], inputs=2)
    netlist = imported(program)
    assert_equals_interpreter(netlist, program)
    assert netlist.table_rows <= 256 * 9


def test_ranges_are_proven_through_linear_forms():
    """x + y - y needs no more bits than x, and 3x + x is 4x."""
    program = by_hand(
        [
            X,
            Y,
            ((0, 1), 0, (0,), (-2, 5, 0.25)),
            ((2, 1), 1, (0,), (-2, 1.75, 0.25)),
            ((0, 0), 0, (1,), (-6, 5.25, 0.25)),
            ((4, 0), 0, (0,), (-8, 7, 1)),
        ],
        [3, 5],
        inputs=2,
    )
    netlist = imported(program, decides="value")
    assert_equals_interpreter(netlist, program)
    sums = [layer for layer in netlist.layers if isinstance(layer, SumLayer)]
    assert any(layer.wraps.any() for layer in sums)
    assert netlist.widths[netlist.outputs].max() <= 6  # from -8 to 7 in steps of a quarter


def test_outputs_of_other_scales_share_one():
    program = by_hand([X, Y], [0, 1, -1], inputs=2)._replace(
        out_shifts=[3, -2, 0], out_negs=[True, False, False]
    )
    netlist = imported(program, decides="value")
    assert len(set(netlist.widths[netlist.outputs].tolist())) == 1
    assert_equals_interpreter(netlist, program)


class TestInputs:
    def test_features_outside_wrap_as_far_as_words_reach_and_then_saturate(self):
        program = by_hand([X], [0])
        features = np.array([[1.75], [2.0], [-2.01], [30.0], [31.99], [1000.0], [-1000.0]])
        found = values_of(imported(program), features.astype(np.float32))
        expected = program.predict(features)
        np.testing.assert_array_equal(found[:5], expected[:5])
        assert found[5:, 0].tolist() == [-0.25, 0.0]  # 31.75 and -32, the ends of words of 8 bits

    def test_without_bits_that_wrap_features_saturate(self):
        netlist = imported(by_hand([X, Y], [0, 1], inputs=2), wrap_bits=0, decides="value")
        features = np.array([[5, -1], [-5, 9], [0.3, 1.9]], np.float32)
        assert values_of(netlist, features).tolist() == [[1.75, 0], [-2, 3], [0.25, 1]]
        words = netlist.encoder.words
        assert words == FixedPoint((4, 2), (-2, 0), (-8, 0), floors=True)
        assert netlist.input_widths.tolist() == [4, 2]

    def test_inputs_that_nothing_reads_are_there(self):
        netlist = imported(by_hand([Y], [0], inputs=3))
        assert netlist.encoder.feature_names == ("x0", "x1", "x2")
        assert values_of(netlist, np.array([[9, 2, 9]], np.float32)).tolist() == [[2.0]]


class TestDecisions:
    def test_of_several_outputs_the_highest_wins(self):
        netlist = imported(by_hand([X, Y], [0, 1], inputs=2))
        assert netlist.decoder.kind == "classes"
        assert netlist.decoder.class_names == ("class0", "class1")
        codes = evaluate(netlist, netlist.encoder.encode(np.array([[1.5, 1], [1, 2]])))
        assert netlist.decoder.classify(codes).tolist() == [0, 1]

    @pytest.mark.parametrize(
        ("outputs", "decides", "expected"),
        [
            ([0], "auto", [[-1.0], [0.0]]),
            ([0], "binary", [0, 1]),
            ([0, 1], "labels", [[0, 1], [1, 1]]),
            ([0, 1], "value", [[-1.0, 1.0], [0.0, 2.0]]),
        ],
    )
    def test_others_are_chosen(self, outputs, decides, expected):
        netlist = imported(by_hand([X, Y], outputs, inputs=2), decides=decides)
        codes = evaluate(netlist, netlist.encoder.encode(np.array([[-1, 1], [0, 2]])))
        assert netlist.decoder.classify(codes).tolist() == expected

    @pytest.mark.parametrize(("outputs", "decides"), [([0, 1], "binary"), ([0], "classes")])
    def test_a_decision_that_the_outputs_do_not_make_is_refused(self, outputs, decides):
        with pytest.raises(ImportedModelError, match=f"which decide no {decides}; choose"):
            imported(by_hand([X, Y], outputs, inputs=2), decides=decides)


def test_names_are_those_of_the_samples():
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=300) for name in ("mass", "angle", "speed")}
    frame = pd.DataFrame({**columns, "kind": rng.choice(["cat", "dog", "owl"], 300)})
    samples = from_memory(frame, "kind", DataConfig())
    names = ("mass", "angle", "speed")
    inputs = [((), -1, (number,), (-2, 1.75, 0.25)) for number in range(len(names))]
    program = by_hand(inputs, [0, 1, 2], inputs=len(names))
    netlist = imported(program, samples)
    of_one = from_memory(frame[frame["kind"] != "owl"], "kind", DataConfig())
    binary = imported(by_hand(inputs, [2], inputs=3), of_one)
    assert (binary.decoder.kind, binary.decoder.class_names) == ("binary", ("cat", "dog"))
    assert netlist.encoder.feature_names == names
    assert netlist.decoder.class_names == ("cat", "dog", "owl")


class TestFiles:
    def test_files_and_objects_are_the_same(self, tmp_path):
        program = every_operation()
        program.save(tmp_path / "p.json")
        program.save(tmp_path / "p.alir.json.gz")
        from_object = imported(program, decides="value")
        features = feature_rows(program, 200)
        for name in ("p.json", "p.alir.json.gz"):
            found = imported(tmp_path / name, decides="value")
            np.testing.assert_array_equal(
                values_of(found, features), values_of(from_object, features)
            )
        assert gzip.decompress((tmp_path / "p.alir.json.gz").read_bytes()).startswith(b"{")

    def test_programs_are_recognised(self, tmp_path):
        assert kind_of(every_operation()) == "alir"
        assert IMPORTER.recognises(tmp_path / "model.alir.json")
        assert not IMPORTER.recognises(tmp_path / "model.json")

    def test_packed_records_of_version_2(self, tmp_path):
        bounds = [-8.0, 7.875, 0.125]
        ops = [
            [0, -1, -1, 0, [-2.0, 1.75, 0.25], 0.0, 0.0],
            [1, -1, -1, 0, [0.0, 3.0, 1.0], 0.0, 0.0],
            [0, -1, -2, 0, [-1.75, 2.0, 0.25], 0.0, 0.0],
            [2, 1, 0, -1, [-1.75, 3.5, 0.25], 0.0, 0.0],
            [3, -1, 4, (3 << 32) | (-5 & 0xFFFFFFFF), bounds, 0.0, 0.0],
            [4, 1, 6, (1 << 32) | 0, bounds, 0.0, 0.0],
            [5, 0, 10, (2 << 56) | (-1 & 0xFFFFFFFF), bounds, 0.0, 0.0],
        ]
        data = [[2, 3], [0, 0], [4, 5, 6], [0, 0, 0], [False] * 3, ops, -1, -1]
        saved = {"meta": "DAISModel", "spec_version": 2, "model": data}
        (tmp_path / "old.json").write_text(json.dumps(saved))
        program = CombLogic.load(tmp_path / "old.json")
        netlist = imported(tmp_path / "old.json", decides="value")
        assert_equals_interpreter(netlist, program)

    def test_lists_of_da4ml_negate_sources(self, tmp_path):
        """Opcodes below 0 negate; constants count steps of the result."""
        ops = [
            [0, -1, -1, 0, [-2.0, 1.75, 0.25], 0.0, 0.0],
            [1, -1, -1, 0, [0.0, 3.0, 1.0], 0.0, 0.0],
            [0, -1, -2, 0, [0.0, 1.5, 0.5], 0.0, 0.0],  # ReLU of -x
            [0, -1, -3, 0, [-1.0, 0.5, 0.5], 0.0, 0.0],  # -x, rounded and wrapped
            [0, -1, 4, 3, [-1.25, 2.5, 0.25], 0.0, 0.0],
            [1, 1, -6, 0, [-3.0, 3.0, 1.0], 0.0, 0.0],  # y, or -y if x is not negative
            [0, 1, 10, 1 << 32, [-4.0, 3.75, 0.25], 0.0, 0.0],  # (-x) & y
        ]
        data = [[2, 5], [0, 0], [2, 3, 4, 5, 6], [0] * 5, [False] * 5, ops, -1, -1, None]
        (tmp_path / "list.json").write_text(json.dumps(data))
        netlist = imported(tmp_path / "list.json", decides="value")
        steps = np.arange(-8, 8)
        x, y = (axis.ravel() for axis in np.meshgrid(steps / 4, np.arange(4)))
        found = values_of(netlist, np.stack([x, y], axis=1).astype(np.float32))
        rounded = np.floor(-x * 2) / 2
        expected = [
            np.where(x < 0, rounded, 0) % 2,
            (rounded + 1) % 2 - 1,
            x + 0.75,
            np.where(x < 0, y, -y),
            ((-x * 4).astype(int) & (y * 4).astype(int)) / 4,
        ]
        np.testing.assert_array_equal(found, np.stack(expected, axis=1))
