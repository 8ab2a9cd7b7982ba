"""Delay files: complete or refused by the name of what is missing."""

from __future__ import annotations

import itertools
import re
import tomllib
from bisect import bisect_left
from pathlib import Path

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.map.timing import delays
from logicjsc.map.timing.delays import known_parts, load_delays, read_delays

SHIPPED = Path(delays.__file__).parent / "ultrascale-plus.toml"


def test_the_shipped_parts_can_be_read():
    assert {"artix-7", "ecp5", "ultrascale-plus"} <= set(known_parts())
    for part in known_parts():
        found = load_delays(part)
        assert found.name == part
        assert len(found.pins_ps(6)) == 6
        for group in (
            found.lut,
            found.wide,
            found.register,
            found.carry,
            found.net,
            found.calibration,
        ):
            assert group.source


def test_public_terms_of_ultrascale_plus():
    found = load_delays("ultrascale-plus")
    assert found.lut.pins_ps == (150, 125, 100, 90, 50, 35)
    assert (found.register.clock_to_q_ps, found.register.setup_ps) == (79, 10)


def test_nets_grow_with_readers_and_size():
    net = load_delays().net
    readers = [net.net_ps(n, 1000) for n in (1, 2, 4, 5, 16, 17, 64, 65, 10_000)]
    assert readers == sorted(readers)
    assert readers[1] == readers[2] < readers[3] == readers[4]
    sizes = [net.net_ps(1, luts) for luts in (0, 1, 2, 3, 100, 10_000)]
    assert sizes == sorted(sizes)
    assert sizes[0] > 0
    assert net.net_ps(1, 1024) == pytest.approx(147 * 10 * net.per_doubling)


def test_an_unknown_part_is_refused_with_those_that_are_known():
    with pytest.raises(ConfigError, match=r"no delays of 'versal'; use .*ultrascale-plus"):
        load_delays("versal")


@pytest.mark.parametrize("cell", ["lut", "wide", "register", "carry", "net", "calibration"])
def test_a_file_without_a_cell_is_refused_by_its_name(tmp_path, cell):
    text = SHIPPED.read_text()
    path = tmp_path / "mine.toml"
    path.write_text(re.sub(rf"\[{cell}\]\n(.+\n)+", "", text))
    with pytest.raises(ConfigError, match=rf"mine.toml lacks the cell \[{cell}\]"):
        load_delays(str(path))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("setup_ps = 10\n", "", r"\[register\] lacks setup_ps"),
        ("setup_ps = 10", "setup_ps = -1", "setup_ps"),
        ("setup_ps = 10", "setup_ps = 'fast'", "setup_ps.*must be a number"),
        ("setup_ps = 10", "setup_ps = 10\nhold_ps = 1", "hold_ps"),
        ("[150, 125, 100, 90, 50, 35]", "[150, 125]", "needs 4 to 6 delays"),
        ("[150, 125, 100, 90, 50, 35]", "[35, 50, 90, 100, 125, 150]", "slowest pin first"),
        ("[150, 125, 100, 90, 50, 35]", "[100, 90, 50, 35]", "no LUT of 6; add levels to"),
        ("data_ps = [70]", "data_ps = [70, 70]", "as many delays as wide.data_ps"),
        ("[95, 194, 291, 291, 334]", "[95, 194, 291, 334]", "one delay per class"),
        ("[95, 194, 291, 291, 334]", "[95, 194, 291, 275, 334]", "must ascend"),
        ('name = "ultrascale-plus"\n', "", "lacks name"),
        ('name = "ultrascale-plus"\n', 'name = "u"\nspeed = 3\n', "speed is no key"),
    ],
)
def test_a_wrong_number_is_refused(tmp_path, old, new, sentence):
    text = SHIPPED.read_text()
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=sentence) as refused:
        read_delays(path)
    assert "mine.toml" in str(refused.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(
        ConfigError, match=r"there is no delay file .*none\.toml; use .*ultrascale-plus"
    ):
        load_delays(str(tmp_path / "none.toml"))


def test_figures_come_with_their_error():
    assert "not a vendor's figure" in load_delays().note
    assert "% in the median" in load_delays().note
    assert "were assumed" not in load_delays().note
    assert "were assumed" in load_delays("ultrascale-plus").note


def test_a_part_without_known_circuits_says_so():
    note = load_delays("artix-7").note
    assert "not a vendor's figure" in note
    assert "no clock period of a circuit was compared" in note
    assert "nextpnr" in load_delays("ecp5").note


def test_large_luts_of_small_ones_by_hand():
    """LUT6 of ECP5: four LUT4, two PFUMX and a L6MUX21, whose selects are the fastest inputs."""
    found = load_delays("ecp5")
    lut, (first, second) = found.lut.pins_ps[0], found.wide.data_ps
    inner, outer = found.wide.select_ps
    assert found.pins_ps(3) == (lut,) * 3
    assert found.pins_ps(5) == (*[lut + first] * 4, inner)
    assert found.pins_ps(6) == (*[lut + first + second] * 4, inner + second, outer)


def test_nets_of_artix_are_averages_of_the_public_ones():
    path = Path(__file__).parents[3] / "benchmarks" / "timing_artix7_nets.toml"
    reports = tomllib.loads(path.read_text())["reports"]
    nets = load_delays("artix-7").net
    by_class = [[] for _ in nets.readers_ps]
    for readers, ps in itertools.chain.from_iterable(report["nets"] for report in reports):
        by_class[bisect_left(nets.most_readers, readers)].append(ps)
    means = [sum(found) / len(found) for found in by_class]
    assert nets.readers_ps == pytest.approx(means, abs=0.5)
