from dataclasses import replace

import pytest
from reference.small_points import write_small_point

from logicjsc.artefacts.sources import POINT
from logicjsc.core.errors import ConfigError
from logicjsc.explore.zoo.figures import Confirmed, Figures
from logicjsc.explore.zoo.points import Placed, read_point, write_point


@pytest.fixture(scope="module")
def point(tmp_path_factory, cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGICJSC_CACHE", str(cache))
        return write_small_point(tmp_path_factory.mktemp("zoo") / "small")


def test_points_are_read_as_they_were_written(point, tmp_path):
    path = tmp_path / POINT
    full = replace(
        point,
        placed=Placed("ecp5: nextpnr", 312.5, 16.0),
        figures=replace(
            point.figures, yosys="Yosys 0.70", confirmed_core=Confirmed(3, 4, 5, "if -a")
        ),
    )
    bare = replace(point, words=None, figures=Figures(point.figures.core))
    for written in (point, full, bare):
        write_point(written, path)
        assert read_point(path) == written
        assert Figures.from_dict(written.figures.to_dict()) == written.figures


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[test]", "[tests]", r"\[test\] is missing"),
        ("correct = ", "wrong = ", "unknown key test.wrong"),
        ('title = "small"\n', "", "title is missing"),
        ("lut = ", "lut = -", "must be at least 0"),
        ("[ends]", "[ends", "not valid TOML"),
        ("[core]", "[[core]]", r"core must be a table"),
    ],
)
def test_a_wrong_point_is_refused_by_key(point, tmp_path, old, new, sentence):
    path = tmp_path / POINT
    write_point(point, path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ConfigError, match=sentence):
        read_point(path)
