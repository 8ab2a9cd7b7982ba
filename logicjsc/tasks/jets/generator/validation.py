"""Are re-created jets what they should be? Checks that need no other jets to compare with.

Each check has a limit; a set of jets is ``ok`` if all hold. Distances to the published distribution
allow for the scatter of a small sample (99 % of samples of equal distribution pass).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from logicjsc.dataset import DataConfig, Samples, load_all
from logicjsc.dataset.samples import Array
from logicjsc.tasks.jets.names import CLASS_NAMES, FEATURE_NAMES
from logicjsc.tasks.jets.reference import distances_from_reference, published

MASSES: Final = {"w": 80.419, "z": 91.188, "t": 173.0}
"""Masses in GeV of what jets of a class come from."""

_RANGES: Final = {
    "zlogz": (-8.0, 0.0),
    "c1_b0_mmdt": (0.0, 0.5),
    "mass_mmdt": (0.0, 1000.0),
    "multiplicity": (1.0, 500.0),
}
_OTHER_RANGE: Final = (0.0, 20.0)
_PEAK_WINDOW: Final = 0.2
"""Part of the mass that a jet of the peak may be away from it."""
_PEAK_SHIFT: Final = 0.02
_PEAK_WIDTH: Final = 0.08
_PEAK_SCATTER: Final = 3.0
_WORST_DISTANCE: Final = 0.04
_SCATTER: Final = 1.63
"""Kolmogorov: 99 % of samples of n jets stay below this over the root of n."""
_IMBALANCE: Final = 0.01


@dataclass(frozen=True)
class Check:
    """One thing that has to hold.

    Attributes:
        name: what is checked.
        ok: whether it holds.
        found: what was found, for people.
        limit: what was allowed, for people.
    """

    name: str
    ok: bool
    found: str
    limit: str


@dataclass(frozen=True)
class FeatureDistance:
    """How far a feature is from the published distribution.

    Attributes:
        feature: its name.
        ks: Kolmogorov-Smirnov distance.
        mean_shift: difference of the means, in published standard deviations.
        deviation_ratio: standard deviation (without the outer half percents) over the published.
    """

    feature: str
    ks: float
    mean_shift: float
    deviation_ratio: float


@dataclass(frozen=True)
class Peak:
    """The peak of the groomed mass of a class.

    Attributes:
        class_name: ``w``, ``z`` or ``t``.
        part: of its jets that are within a fifth of the mass.
        position: median of those, in GeV.
        width: half of the range that holds the middle 68 % of those, in GeV.
    """

    class_name: str
    part: float
    position: float
    width: float


@dataclass(frozen=True)
class ValidationReport:
    """What the checks found.

    Attributes:
        source: where the jets are from.
        jets: how many.
        counts: jets by class.
        checks: all checks.
        distances: by feature.
        peaks: of the groomed mass.
    """

    source: str
    jets: int
    counts: dict[str, int]
    checks: tuple[Check, ...]
    distances: tuple[FeatureDistance, ...]
    peaks: tuple[Peak, ...]

    @property
    def ok(self) -> bool:
        """Whether all checks hold."""
        return all(check.ok for check in self.checks)

    @property
    def mean_ks(self) -> float:
        """Mean Kolmogorov-Smirnov distance over the features."""
        return float(np.mean([entry.ks for entry in self.distances]))

    @property
    def worst(self) -> FeatureDistance:
        """The feature that is farthest from the published distribution."""
        return max(self.distances, key=lambda entry: entry.ks)

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "ok": self.ok,
            "mean_ks": self.mean_ks,
            "worst_ks": self.worst.ks,
            "worst_feature": self.worst.feature,
            **asdict(self),
        }


def validate(path: Path) -> ValidationReport:
    """Check the jets of a file or folder.

    Raises:
        DataError: they cannot be read, or a value is not finite.
    """
    return validate_jets(load_all(DataConfig(task="jets", path=str(path))))


def validate_jets(jets: Samples) -> ValidationReport:
    """Check jets; `Samples` has refused values that are not finite."""
    numbers = np.bincount(jets.targets, minlength=len(CLASS_NAMES)).tolist()
    counts = dict(zip(CLASS_NAMES, numbers, strict=True))
    distances = tuple(
        _distance(name, column, float(distance))
        for (name, column), distance in zip(
            _columns(jets).items(), distances_from_reference(jets), strict=True
        )
    )
    peaks = tuple(_peak(name, jets) for name in MASSES if counts[name])
    checks = (
        Check("finite", True, "all values", "all values"),
        _ranges(jets),
        _balance(counts),
        *(_peak_check(peak, counts[peak.class_name]) for peak in peaks),
        _equal_columns(jets),
        _duplicates(jets),
        _worst_distance(distances, len(jets)),
    )
    return ValidationReport(jets.source, len(jets), counts, checks, distances, peaks)


def _columns(jets: Samples) -> dict[str, Array]:
    return {name: jets.features[:, index] for index, name in enumerate(FEATURE_NAMES)}


def _ranges(jets: Samples) -> Check:
    outside = []
    for name, column in _columns(jets).items():
        low, high = _RANGES.get(name, _OTHER_RANGE)
        if column.min() < low or column.max() > high:
            outside.append(f"{name} from {column.min():.4g} to {column.max():.4g}")
    whole = _columns(jets)["multiplicity"]
    if (whole != np.floor(whole)).any():
        outside.append("multiplicity is no whole number")
    return Check("ranges", not outside, "; ".join(outside) or "all inside", "physical ranges")


def _balance(counts: dict[str, int]) -> Check:
    spread = max(counts.values()) - min(counts.values())
    allowed = max(1, int(_IMBALANCE * sum(counts.values()) / len(counts)))
    return Check(
        "class balance",
        spread <= allowed,
        ", ".join(f"{name} {count:,}" for name, count in counts.items()),
        f"differ by at most {allowed:,}",
    )


def _peak(name: str, jets: Samples) -> Peak:
    masses = jets.features[jets.targets == CLASS_NAMES.index(name)]
    masses = masses[:, FEATURE_NAMES.index("mass_mmdt")].astype(np.float64)
    near = masses[np.abs(masses / MASSES[name] - 1) < _PEAK_WINDOW]
    if not len(near):
        return Peak(name, 0.0, 0.0, 0.0)
    low, middle, high = np.quantile(near, (0.16, 0.5, 0.84)).tolist()
    return Peak(name, len(near) / len(masses), middle, (high - low) / 2)


def _peak_check(peak: Peak, jets: int) -> Check:
    mass = MASSES[peak.class_name]
    scatter = _PEAK_SCATTER * _PEAK_WIDTH / math.sqrt(jets)
    allowed = (_PEAK_SHIFT + scatter) * mass
    return Check(
        f"{peak.class_name} mass peak",
        abs(peak.position - mass) <= allowed and peak.width <= (_PEAK_WIDTH + scatter) * mass,
        f"{peak.position:.2f} +- {peak.width:.2f} GeV ({100 * peak.part:.0f} % of the jets)",
        f"{mass} +- {allowed:.1f} GeV, width to {(_PEAK_WIDTH + scatter) * mass:.1f}",
    )


def _equal_columns(jets: Samples) -> Check:
    columns = _columns(jets)
    gap = float(np.abs(columns["d2_a1_b1_mmdt"] - columns["d2_b1_mmdt"]).max())
    return Check("d2_a1_b1 = d2_b1", gap == 0, f"differ by {gap:.3g}", "equal")


def _duplicates(jets: Samples) -> Check:
    # Jets of a single particle are all alike: one constituent, and 0 for everything else.
    several = jets.features[jets.features[:, FEATURE_NAMES.index("multiplicity")] > 1]
    repeated = len(several) - len(np.unique(several, axis=0))
    return Check("repeated jets", repeated == 0, f"{repeated:,}", "0, single particles apart")


def _distance(name: str, column: Array, distance: float) -> FeatureDistance:
    known = published()[name]
    return FeatureDistance(
        name,
        distance,
        float(column.mean(dtype=np.float64) - known.mean) / known.deviation,
        known.deviation_of(column) / known.deviation,
    )


def _worst_distance(distances: tuple[FeatureDistance, ...], jets: int) -> Check:
    worst = max(distances, key=lambda entry: entry.ks)
    allowed = _WORST_DISTANCE + _SCATTER / math.sqrt(jets)
    return Check(
        "distance to published",
        worst.ks <= allowed,
        f"KS {worst.ks:.4f} ({worst.feature})",
        f"KS {allowed:.4f}",
    )
