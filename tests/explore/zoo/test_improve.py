"""Points that get smaller are written again, proven; others are left alone."""

import shutil
from dataclasses import replace

import pytest
from reference.small_points import write_small_point

from logicjsc.artefacts.sources import POINT
from logicjsc.core.errors import ConfigError
from logicjsc.explore.zoo.checks import check_point
from logicjsc.explore.zoo.improve import improve_point
from logicjsc.explore.zoo.points import ENCODED_NETLIST, NETLIST, read_point, write_point
from logicjsc.netlist import load_netlist, save_netlist


@pytest.fixture(scope="module", autouse=True)
def _cached(cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        yield


@pytest.fixture(scope="module")
def improved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo") / "small"
    recorded = write_small_point(folder)
    before, after = improve_point(folder, 0.0, lambda _: None, jobs=1)
    assert before == recorded
    return folder, before, after


def test_fewer_luts_are_written_and_hold(improved):
    folder, before, after = improved
    assert read_point(folder / POINT) == after
    assert after.figures.core.lut <= before.figures.core.lut
    assert after.figures.encoded.lut < before.figures.encoded.lut
    assert (after.test, after.seeds, after.words) == (before.test, before.seeds, before.words)
    checks = {check.name: check for check in check_point(folder, quick=0)}
    assert all(check.ok for check in checks.values())
    assert str(after.figures.encoded.lut) in checks["LUTs with the encoder"].found


def test_what_is_not_smaller_is_left_alone(improved, tmp_path):
    folder = shutil.copytree(improved[0], tmp_path / "small")
    point = read_point(folder / POINT)
    small = replace(point.figures, core=replace(point.figures.core, lut=1))
    write_point(replace(point, figures=small), folder / POINT)
    text = (folder / POINT).read_bytes()
    before, after = improve_point(folder, 0.0, lambda _: None, jobs=1)
    assert before is after
    assert (folder / POINT).read_bytes() == text


def test_a_changed_lut_with_the_encoder_is_seen(improved, tmp_path):
    folder = shutil.copytree(improved[0], tmp_path / "small")
    rewritten = load_netlist(folder / ENCODED_NETLIST)
    layer = rewritten.layers[-2]
    changed = replace(layer, tables=1 - layer.tables)
    layers = (*rewritten.layers[:-2], changed, rewritten.layers[-1])
    save_netlist(replace(rewritten, layers=layers), folder / ENCODED_NETLIST)
    assert "LUTs" in [check.name for check in check_point(folder, quick=0) if not check.ok]


def test_a_point_of_another_netlist_is_refused(improved, tmp_path):
    folder = shutil.copytree(improved[0], tmp_path / "small")
    netlist = load_netlist(folder / NETLIST)
    save_netlist(replace(netlist, name="other"), folder / NETLIST)
    layer = netlist.layers[0]
    save_netlist(
        replace(netlist, layers=(replace(layer, tables=layer.tables ^ 1),)), folder / NETLIST
    )
    with pytest.raises(ConfigError, match="another netlist"):
        improve_point(folder, 0.0, lambda _: None)
