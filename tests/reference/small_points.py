"""A small network as a point of a zoo, made without the command that makes them."""

from __future__ import annotations

import numpy as np

from logicjsc.artefacts.sources import POINT
from logicjsc.dataset import DataConfig
from logicjsc.dataset.fixed_point import FixedPoint
from logicjsc.dataset.load import load_dataset, load_test
from logicjsc.dataset.provenance import KEY, Provenance
from logicjsc.explore.zoo.accuracy import score
from logicjsc.explore.zoo.figures import Area, Figures
from logicjsc.explore.zoo.lut_file import save_luts
from logicjsc.explore.zoo.points import (
    CONFIG,
    LUTS,
    NETLIST,
    Header,
    Point,
    Seeds,
    Tested,
    Words,
    write_point,
)
from logicjsc.map.mapper import map_netlist
from logicjsc.methods.gradient.config import Config
from logicjsc.methods.loading import config_to_toml
from logicjsc.netlist import Decoder, Encoder, Netlist, TableLayer, digest_of, save_netlist
from logicjsc.netlist.word_inputs import with_word_inputs
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES

_DATA = DataConfig(task="jets")
_WORDS = FixedPoint.uniform(4, (0,) * 16, (0,) * 16)


def sample_netlist(seed=0):
    """Random tables between thresholds of real features and five class scores."""
    rng = np.random.default_rng(seed)
    samples = load_test(_DATA).features
    thresholds = np.quantile(samples, (0.25, 0.5, 0.75), axis=0).T
    encoder = Encoder(FEATURE_NAMES, np.arange(16), thresholds, np.tile(np.arange(4), (16, 1)))
    layer = TableLayer(
        "scores",
        1,
        np.array([rng.choice(16, 4, replace=False) for _ in range(5)]),
        rng.integers(0, 8, (5, 256)),
        np.full(5, 3),
        np.zeros(5, np.bool_),
    )
    return Netlist(
        "random",
        FEATURE_NAMES,
        np.full(16, 2),
        np.zeros(16, np.bool_),
        (layer,),
        16 + np.arange(5),
        encoder,
        Decoder(CLASS_NAMES, np.arange(8.0), signed=False),
        provenance={KEY: Provenance.of(load_dataset(_DATA)).to_text()},
    )


def write_small_point(folder, netlist=None):
    """Everything that a point consists of."""
    netlist = netlist or sample_netlist()
    known = {}
    luts = map_netlist(netlist, effort="low", jobs=1, known=known).luts
    whole = with_word_inputs(netlist, _WORDS)
    encoded = map_netlist(whole, effort="low", jobs=1, known=known).luts
    samples = load_test(_DATA)
    tested = Tested(
        "samples", samples.fingerprint(), len(samples), score(netlist, samples).correct,
        score(netlist, samples, _WORDS).correct,
    )  # fmt: skip
    folder.mkdir(parents=True)
    save_netlist(netlist, folder / NETLIST)
    save_luts(known, folder / LUTS)
    (folder / CONFIG).write_text(config_to_toml("gradient", Config(data=_DATA)))
    point = Point(
        Header("small", "logicjsc train small", digest_of(netlist), "low", "0"),
        tested,
        None,
        Seeds(0, (0, 1), (0.5, 0.4), (0.5, 0.45)),
        Words.of("fitted", _WORDS),
        Figures(
            Area(luts, 16, 3, 3, 1, "by node"), Area(encoded, 30, 4, 3, 2, "by node"),
            Area(encoded + 11, 40, 6, 3, 5, "by node"), 11,
        ),
    )  # fmt: skip
    write_point(point, folder / POINT)
    return point
