"""Settings of learned connectivity that mean nothing together are refused with the fix."""

import pytest

from logicjsc.core.errors import ConfigError
from logicjsc.methods.gradient.config import learning_epochs
from logicjsc.methods.loading import parse_config

KINDS = ("dense-top-k", "prune-and-regrow", "straight-through")

PART = "training.connectivity_fraction"
REFUSED = [
    (
        ["network.kind=dense"],
        (
            "own.toml: network.connectivity = {kind!r} needs sparse neurons; leave it out, or set "
            "network.kind to 'sparse'"
        ),
    ),
    (
        ["network.neuron=['linear', 'linear', 'mlp', 'linear', 'linear']"],
        (
            "own.toml: network.connectivity = {kind!r} is for linear neurons, not network.neuron = "
            "'mlp'; use 'covering' or 'random'"
        ),
    ),
    (
        ["training.start_from=runs/other"],
        (
            "own.toml: network.connectivity = {kind!r} cannot go with training.start_from, which "
            "brings its own connections; leave one of them out"
        ),
    ),
    (
        ["training.epochs=1"],
        (
            f"own.toml: {PART} = 0.25 of 1 epochs leaves 0 to learn connections and 1 to train "
            f"with them; both need one, so change it or training.epochs"
        ),
    ),
    (
        ["training.epochs=10", f"{PART}=0.97"],
        (
            f"--set: {PART} = 0.97 of 10 epochs leaves 10 to learn connections and 0 to train with "
            f"them; both need one, so change it or training.epochs"
        ),
    ),
    (
        ["training.averaging=stochastic", "training.average_start=0.2"],
        (
            f"--set: training.average_start = 0.2 lies before the end of learning connections; set "
            f"it to at least {PART} = 0.25"
        ),
    ),
]


def read(kind, *assignments):
    text = f"[network]\nconnectivity = '{kind}'\n"
    return parse_config(text, source="own.toml", name="own", assignments=assignments).config


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("assignments", "sentence"), REFUSED)
def test_what_cannot_go_together_is_refused(kind, assignments, sentence):
    with pytest.raises(ConfigError) as caught:
        read(kind, *assignments)
    assert str(caught.value) == sentence.format(kind=kind)
    # The same settings are fine where nothing is learned.
    read("covering", *assignments)


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_go_together_is_taken(kind):
    settings = ["training.averaging=stochastic", "training.average_start=0.25"]
    assert learning_epochs(read(kind, *settings)) == 15
    assert learning_epochs(read(kind, "training.epochs=3")) == 1


def test_bounds_of_the_settings():
    for setting in (
        "fraction=0",
        "fraction=1",
        "sparsity=-1",
        "interval=0",
        "exchange=0",
        "exchange=1.1",
    ):
        with pytest.raises(ConfigError, match=r"training\.connectivity_\w+ = .* must be"):
            read("covering", f"training.connectivity_{setting}")
    with pytest.raises(ConfigError, match="not one of 'gradient', 'random'"):
        read("covering", "training.connectivity_regrow=greedy")
