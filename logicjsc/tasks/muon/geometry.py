"""The detector: seven layers of 50 strips in three stations, and how strips answer a muon.

Lengths are in millimetres. Tracks come from a small source below the first layer and go straight.
The layers of a station are shifted against each other by a part of a strip, so that together they
resolve less than a strip.
"""

from typing import Final

STRIPS: Final = 50
PITCH: Final = 30.0
"""Width of a strip."""

HEIGHTS: Final = (0.0, 50.0, 100.0, 1450.0, 1500.0, 2900.0, 2950.0)
"""Height of each layer above the first one, in stations of three, two and two layers."""

SHIFTS: Final = (0.0, 1 / 3, 2 / 3, 0.0, 1 / 2, 0.0, 1 / 2)
"""By how many strips each layer is shifted."""

LAYERS: Final = len(HEIGHTS)

DISTANCE: Final = 2900.0
"""From the source to the first layer."""

SPREAD: Final = 15.0
"""How far to either side of its middle a track leaves the source, at most."""

STEEPEST: Final = 0.12
"""Largest slope of a track to either side, shift by height: 119 mrad."""

EFFICIENCY: Final = 0.95
"""Probability that the strip which a muon passes answers."""

NEIGHBOUR: Final = 0.25
"""Probability that the neighbour to whose edge the muon is nearer answers as well."""

SECONDARY: Final = 0.03
"""Probability, in each layer, that an electron which the muon knocks out hits another strip."""

REACH: Final = 5
"""Strips between the two, at most."""

NOISE: Final = 0.005
"""Probability that a strip answers without any reason."""

CORE: Final = 30.0
"""Largest error of an angle in the core, in mrad; published resolutions leave out larger ones."""
