"""Any settings, written as TOML or given one by one, are read back equal."""

import re
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logicjsc.core.settings import flat, to_toml
from logicjsc.dataset.config import DataConfig
from logicjsc.methods.gradient.config import Config, NetworkConfig, TrainingConfig
from logicjsc.methods.gradient.families.mlp import MlpSettings
from logicjsc.methods.gradient.families.polynomial import PolynomialSettings
from logicjsc.methods.loading import parse_config


def finite(low: float, high: float, **options: bool) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, **options)


LARGEST = 2**63 - 1
POSITIVE = finite(0.0, 1e300, exclude_min=True)
ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


FAMILIES = (
    {},
    {"mlp": MlpSettings(depth=3, width=7)},
    {"mlp": MlpSettings(), "polynomial": PolynomialSettings(degree=3)},
)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    hidden = tuple(draw(st.lists(st.integers(1, 65_536), max_size=5)))
    layers = len(hidden) + 1

    def per_layer(one: st.SearchStrategy[int]) -> int | tuple[int, ...]:
        several = st.lists(one, min_size=layers, max_size=layers).map(tuple)
        return draw(st.one_of(one, several))

    possible = [(i, j) for i in range(layers) for j in range(i + 2, layers + 1)]
    skips = draw(st.lists(st.sampled_from(possible))) if possible else []
    return Config(
        DataConfig(
            path=draw(TEXT),
            target=draw(st.one_of(TEXT, st.lists(TEXT).map(tuple))),
            ignore=draw(st.lists(TEXT).map(tuple)),
            missing=draw(st.sampled_from(("refuse", "drop", "mean"))),
            validation_fraction=draw(finite(0.0, 0.5, exclude_min=True, exclude_max=True)),
            test_fraction=draw(finite(0.0, 0.9, exclude_min=True, exclude_max=True)),
            split_seed=draw(st.integers(0, LARGEST)),
            train_samples=draw(st.integers(0, LARGEST)),
        ),
        NetworkConfig(
            kind=draw(st.sampled_from(("sparse", "dense"))),
            hidden=hidden,
            input_bits=draw(st.integers(1, 8)),
            bits=per_layer(st.integers(1, 8)),
            fan_in=per_layer(st.integers(1, LARGEST)),
            activation=draw(st.sampled_from(("rectified", "signed", ("signed",) * len(hidden)))),
            connectivity=draw(st.sampled_from(("covering", "random"))),
            connectivity_seed=draw(st.integers(0, LARGEST)),
            skips=tuple(skips),
            input_bias=draw(ANY_FLOAT),
            input_max=draw(POSITIVE),
            hidden_max=draw(POSITIVE),
            output_max=draw(POSITIVE),
            score_bias=draw(ANY_FLOAT),
            families=draw(st.sampled_from(FAMILIES)),
        ),
        TrainingConfig(
            epochs=draw(st.integers(1, LARGEST)),
            batch_size=draw(st.integers(2, LARGEST)),
            learning_rate=draw(POSITIVE),
            seed=draw(st.integers(0, LARGEST)),
            weight_decay=draw(finite(0.0, 1e300)),
            betas=draw(st.tuples(*[finite(0.0, 1.0, exclude_max=True)] * 2)),
            schedule=draw(st.sampled_from(("one-cycle", "warm-restarts", "constant"))),
            restart_epochs=draw(st.integers(1, LARGEST)),
            device=draw(st.sampled_from(("auto", "cpu", "cuda"))),
            threads=draw(st.integers(1, LARGEST)),
        ),
    )


@given(configs())
def test_any_config_written_as_toml_is_read_back_equal(config):
    assert parse_config(to_toml(config), source="a.toml", name="a").config == config


@given(configs())
def test_any_setting_can_be_given_by_set(config):
    written = tomllib.loads(to_toml(config))
    # TOML of every value on one line, as a user types it after `--set section.key=`.
    assignments = [f"{key}={_line(value)}" for key, value in flat(written)]
    loaded = parse_config("", source="a.toml", name="a", assignments=assignments)
    assert loaded.config == config


def _line(value: Any) -> str:
    import tomli_w

    text = tomli_w.dumps({"x": value}).removeprefix("x = ")
    return re.sub(r"\n\s*", " ", text).rstrip()
