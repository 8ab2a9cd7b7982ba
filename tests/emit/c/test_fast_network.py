import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.map_netlists import every_code
from reference.random_netlists import netlists, random_codes

from logicjsc.core.errors import (
    LibraryError,
    NetlistError,
    OutputError,
    ToolFailedError,
    ToolNotFoundError,
)
from logicjsc.core.programs import Tool, find_cxx
from logicjsc.emit.c.fast_network import FastNetwork
from logicjsc.emit.c.library import write_library
from logicjsc.map.tables import map_tables
from logicjsc.netlist import evaluate, load_netlist

EXAMPLE = Path(__file__).parents[3] / "hw" / "examples" / "jsc-s" / "netlist.npz"


@pytest.fixture(scope="module")
def example(tmp_path_factory, cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        netlist = load_netlist(EXAMPLE)
        folder = tmp_path_factory.mktemp("example") / "library"
        return FastNetwork.compiled(write_library(netlist, folder, map_tables(netlist, jobs=1)))


@pytest.fixture
def network(library):
    return FastNetwork.open(library.directory)


@settings(max_examples=4, deadline=None)
@given(netlist=netlists(), samples=st.integers(1, 700))
def test_any_netlist_evaluates_as_the_golden_model_does(tmp_path_factory, netlist, samples):
    folder = tmp_path_factory.mktemp("any") / "library"
    network = FastNetwork.compiled(write_library(netlist, folder, map_tables(netlist, jobs=1)))
    codes = random_codes(netlist, samples)
    np.testing.assert_array_equal(network.evaluate(codes), evaluate(netlist, codes))


@pytest.mark.parametrize("samples", [0, 1, 511, 512, 513, 5000])
@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_samples_and_threads(example, samples, threads):
    codes = np.random.default_rng(samples).integers(0, 4, (samples, 16)).astype(np.uint8)
    found = example.evaluate(codes, threads=threads)
    assert found.shape == (samples, 5)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, evaluate(example.netlist, codes))


def test_any_integers_and_strides(network):
    codes = every_code()
    expected = evaluate(network.netlist, codes)
    for given_codes in (codes.astype(np.int16), np.asfortranarray(codes.astype(np.uint8))):
        np.testing.assert_array_equal(network.evaluate(given_codes), expected)
    backwards = network.evaluate(codes.astype(np.uint8)[::-1])
    np.testing.assert_array_equal(backwards, expected[::-1])


def test_classes_of_raw_features(example):
    encoder, decoder = example.netlist.encoder, example.netlist.decoder
    rng = np.random.default_rng(1)
    scale = np.abs(encoder.thresholds[np.isfinite(encoder.thresholds)]).max()
    features = rng.normal(0, scale, (1000, 16)).astype(np.float32)
    expected = decoder.classify(evaluate(example.netlist, encoder.encode(features)))
    assert len(set(expected.tolist())) > 1
    np.testing.assert_array_equal(example.classify(features), expected)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((4, 2), np.uint8), "expects 3 input codes"),
        (np.zeros(3, np.uint8), "expects 3 input codes"),
        (np.zeros((2, 2, 3), np.uint8), "expects 3 input codes"),
        (np.zeros((4, 3)), "must be integers, got float64"),
        (np.full((4, 3), 4, np.uint8), "a code of input 'a' does not fit its 2 bits"),
        (np.full((4, 3), 4), "a code of input 'a' does not fit its 2 bits"),
        (np.full((4, 3), -1), "a code of input 'a' does not fit its 2 bits"),
        (np.full((4, 3), 256), "a code of input 'a' does not fit its 2 bits"),
    ],
)
def test_wrong_codes_are_refused(network, codes, message):
    with pytest.raises(NetlistError, match=message):
        network.evaluate(codes)


@pytest.mark.parametrize("sample", [0, 600, 1999])
def test_a_code_that_is_too_wide_is_found_wherever_it_stands(network, sample):
    codes = np.zeros((2000, 3), np.uint8)
    codes[sample, 2] = 128
    for threads in (1, 2):
        with pytest.raises(NetlistError, match="a code of input 'c' does not fit its 2 bits"):
            network.evaluate(codes, threads=threads)


def test_without_encoder_there_are_no_classes(network):
    with pytest.raises(NetlistError, match="has no encoder and decoder; use evaluate"):
        network.classify(np.zeros((1, 3), np.float32))


class TestCompiler:
    def test_a_second_opening_compiles_nothing(self, network, library, monkeypatch):
        cxx = find_cxx()
        monkeypatch.setattr(Tool, "run", None)  # calling it would fail
        assert FastNetwork.open(library.directory, cxx=cxx).program == network.program
        with pytest.raises(TypeError):  # another compiler, another library
            FastNetwork.open(library.directory, cxx=replace(cxx, version="1"))

    def test_no_compiler(self, library, monkeypatch):
        monkeypatch.setenv("PATH", "")
        monkeypatch.delenv("CXX", raising=False)
        with pytest.raises(ToolNotFoundError, match=r"no C\+\+ compiler on the PATH; install"):
            FastNetwork.open(library.directory)

    def test_a_failing_compiler_leaves_a_log_and_no_library(self, library, tmp_path):
        text = library.source.read_text()
        library.source.write_text(text + "nonsense\n")
        with pytest.raises(ToolFailedError, match=r"failed with exit code 1: .* \(see .*log\)"):
            FastNetwork.open(library.directory, cache=tmp_path / "cache")
        assert len(list((tmp_path / "cache").rglob("compiler.log"))) == 1
        assert not list((tmp_path / "cache").rglob("*.so"))

    def test_a_compiler_that_writes_nonsense(self, library, tmp_path, monkeypatch):
        script = tmp_path / "liar"
        script.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo 12.2.0\n'
            'while [ $# -gt 1 ]; do [ "$1" = -o ] && echo nonsense > "$2"; shift; done\nexit 0\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("CXX", str(script))
        with pytest.raises(ToolFailedError, match="the compiled library cannot be loaded"):
            FastNetwork.open(library.directory, cache=tmp_path / "cache")

    def test_a_cache_that_cannot_be_written(self, library, tmp_path):
        (tmp_path / "cache").touch()
        with pytest.raises(OutputError, match="set LOGICJSC_CACHE to another directory"):
            FastNetwork.open(library.directory, cache=tmp_path / "cache")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("mixed_digest", "other_digest", r"mixed\.c lacks mixed_digest"),
            ('return "', 'return "0', r"was made from netlist 0"),
        ],
    )
    def test_code_that_is_not_the_librarys(self, library, old, new, message):
        library.source.write_text(library.source.read_text().replace(old, new))
        with pytest.raises(LibraryError, match=message):
            FastNetwork.open(library.directory)


def test_python_is_let_go_while_the_network_runs(example):
    """Twice the threads, no more processor time: each sample is evaluated once."""
    codes = np.random.default_rng(0).integers(0, 4, (400_000, 16)).astype(np.uint8)
    expected = example.evaluate(codes)
    found = example.evaluate(codes, threads=os.cpu_count() or 1)
    np.testing.assert_array_equal(found, expected)


def test_the_result_is_as_narrow_as_its_codes(netlist, tmp_path):
    narrow = replace(netlist, outputs=np.array([7]))
    network = FastNetwork.compiled(
        write_library(narrow, tmp_path / "library", map_tables(narrow, jobs=1))
    )
    assert network.evaluate(every_code()).dtype == np.uint8
