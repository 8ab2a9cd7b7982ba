import json
import re

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.explore.zoo.placed import read_placed
from logicjsc.explore.zoo.points import Placed


def report(*rows, digest="d"):
    parts = [
        {"part": part, "fmax_mhz": fmax, "latency_cycles": cycles} for part, fmax, cycles in rows
    ]
    end = {"name": "ecp5", "tool": "nextpnr 0.7", "target": "LFE5U", "parts": parts}
    return {"netlist_digest": digest, "back_ends": [end]}


@pytest.fixture
def read(tmp_path):
    def read(content, digests=("d",)):
        path = tmp_path / "synth.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_placed(path, digests)

    return read


def test_latency_is_cycles_at_the_frequency_of_the_whole(read):
    found = read(report(("network", 500.0, 3), ("whole", 250.0, 9), ("whole", None, 9)))
    assert found == Placed("ecp5: nextpnr 0.7, LFE5U", 250.0, 36.0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (report(("whole", 250.0, 9), digest="e"), "of another netlist, e"),
        (report(("network", 250.0, 9)), "no clock frequency; use logicjsc synth --with ecp5"),
        ({"netlist_digest": "d"}, "is no report of logicjsc synth --json"),
        (report(("whole", "fast", 9)), "is no report of logicjsc synth --json"),
        ("{", "no report in JSON"),
        ("[]", "no report in JSON"),
    ],
)
def test_other_reports_are_refused(read, content, sentence):
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        read(content)
