"""Images of tables: laid out as documented, and refused for another wiring."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from reference.random_netlists import random_codes, random_netlist
from reference.tiny_ends import tiny_netlist

from logicjsc.cli.main import main
from logicjsc.core.errors import CircuitError
from logicjsc.emit.hdl.options import CircuitOptions
from logicjsc.emit.reload.image import (
    is_loaded,
    shapes_of,
    table_image,
    wiring_digest,
    without_contents,
)
from logicjsc.emit.targets.record import beside
from logicjsc.emit.targets.reloadable import with_other_tables
from logicjsc.emit.verilog import write_circuit
from logicjsc.netlist import TableLayer, evaluate, save_netlist
from logicjsc.netlist.passes import drop_dead_nodes
from logicjsc.netlist.score_bits import score_bits

CODES, WHOLE = CircuitOptions(), CircuitOptions(encoder=True, argmax=True)


@pytest.fixture(scope="module")
def circuit(tmp_path_factory):
    return write_circuit(tiny_netlist(), tmp_path_factory.mktemp("image") / "c", WHOLE)


def wired(netlist, inputs):
    layer = replace(netlist.layers[0], inputs=np.array(inputs))
    return replace(netlist, layers=(layer,))


def test_an_image_is_digest_rows_and_checksum(circuit):
    image = table_image(circuit.netlist, circuit)
    assert image[:32] == wiring_digest(circuit.netlist, WHOLE)
    rows = circuit.netlist.layers[0].tables
    assert np.frombuffer(image[32:-4], "<u4").tolist() == [int(row) for row in rows.flat]
    assert image[-4:] == zlib.crc32(image[:-4]).to_bytes(4, "little")


def test_an_image_holds_no_dead_nodes_and_no_constants(tmp_path):
    for seed in range(20):
        netlist = random_netlist(seed)
        built = drop_dead_nodes(netlist)
        rows = [e.tables.size for e in built.layers if isinstance(e, TableLayer) and e.fan_in]
        circuit = write_circuit(netlist, tmp_path / "c")
        if rows:
            assert len(table_image(netlist, circuit)) == 4 * (8 + sum(rows) + 1)
        else:
            with pytest.raises(CircuitError, match="no tables"):
                table_image(netlist, circuit)


def test_contents_and_names_are_no_wiring():
    netlist = tiny_netlist()
    other = replace(
        with_other_tables(netlist), name="another", input_names=tuple("abcd"), provenance={"a": "b"}
    )
    assert wiring_digest(netlist, WHOLE) == wiring_digest(other, WHOLE)


def test_ends_are_wiring_where_the_circuit_has_them():
    netlist = tiny_netlist()
    encoder = replace(netlist.encoder, thresholds=netlist.encoder.thresholds + 1)
    moved = replace(netlist, encoder=encoder)
    assert wiring_digest(netlist, CODES) == wiring_digest(moved, CODES)
    assert wiring_digest(netlist, WHOLE) != wiring_digest(moved, WHOLE)


def test_sums_and_constants_are_wiring():
    for seed in range(12):
        netlist = random_netlist(seed)
        for index, layer in enumerate(drop_dead_nodes(netlist).layers):
            if is_loaded(layer):
                continue
            changed = (
                replace(layer, tables=layer.tables ^ 1)
                if isinstance(layer, TableLayer)
                else replace(layer, negated=~layer.negated, wraps=np.ones(layer.nodes, bool))
            )
            built = drop_dead_nodes(netlist)
            layers = (*built.layers[:index], changed, *built.layers[index + 1 :])
            other = replace(built, layers=layers)
            assert wiring_digest(netlist, CODES) != wiring_digest(other, CODES)


def test_nothing_follows_from_tables_without_contents():
    """Whatever the contents, scores share no bits but those of the wiring."""
    netlist = replace(tiny_netlist(), layers=with_other_tables(tiny_netlist()).layers)
    assert score_bits(tiny_netlist()) is not None
    assert score_bits(without_contents(netlist)) is None
    for seed in range(5):
        bare = without_contents(random_netlist(seed))
        for layer in bare.layers:
            if is_loaded(layer):
                for bit in range(int(layer.widths.min())):
                    column = layer.tables >> bit & 1
                    rows = np.arange(column.shape[1])
                    assert (column.min(axis=1) < column.max(axis=1)).all()
                    for place in range(layer.address_bits):
                        assert (column != (rows >> place & 1)).any(axis=1).all()
        assert evaluate(bare, random_codes(bare, 3)).shape == (3, len(bare.outputs))


def test_another_wiring_is_refused(circuit, tmp_path):
    other = wired(circuit.netlist, [[1, 0, 2], [2, 1, 0], [2, 0, 1]])
    with pytest.raises(CircuitError, match="only tables of the same wiring can be loaded"):
        table_image(other, circuit)
    save_netlist(other, tmp_path / "other.npz")
    arguments = ["tables", str(tmp_path / "other.npz"), str(circuit.directory)]
    told = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "t.bin")])
    assert told.exit_code == 2
    assert "same wiring" in told.stderr
    assert not (tmp_path / "t.bin").exists()


def test_the_command_writes_the_image(circuit, tmp_path):
    other = with_other_tables(circuit.netlist)
    save_netlist(other, tmp_path / "other.npz")
    arguments = ["tables", str(tmp_path / "other.npz"), str(circuit.directory), "--json"]
    told = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "t.bin")])
    assert told.exit_code == 0, told.stderr
    assert (tmp_path / "t.bin").read_bytes() == table_image(other, circuit)


def test_tables_too_large_for_distributed_ram_are_refused():
    netlist = tiny_netlist()
    tables = np.zeros((1, 1 << 14), int)
    layer = TableLayer("big", 1, np.zeros((1, 7), int), tables, np.array([1]), np.array([False]))
    with pytest.raises(CircuitError, match=r"'big' has tables of 14 address bits"):
        shapes_of(replace(netlist, layers=(layer,), outputs=np.array([4]), decoder=None))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"axi_stream": True}, "--axi-stream"),
        ({"clock_enable": True}, "--clock-enable"),
        ({"reset": "asynchronous"}, "--reset asynchronous"),
        ({"beats": 7}, "--beats or --batch"),
        ({"input_stages": 1}, "--input-stages or --output-stages"),
    ],
)
def test_options_that_it_does_not_have_are_refused(tmp_path, options, named):
    with pytest.raises(CircuitError, match=f"has no {named}; leave that"):
        write_circuit(
            tiny_netlist(),
            tmp_path / "c",
            CircuitOptions(**options),
            beside=beside({"reloadable": {}}),
        )
    assert not (tmp_path / "c").exists()
