"""Which engine trains, and that it makes no difference to what a run is."""

import logging
from dataclasses import replace

import pytest
import torch
from reference.small_jets import separable_jets, small_splits
from reference.small_runs import config_of, fit, interrupt_after, trainer_of

from logicjsc.core.errors import OutputError, ToolFailedError, ToolNotFoundError, TrainingError
from logicjsc.core.trust import seal
from logicjsc.methods.gradient import checkpoint
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines.brevitas_engine import BrevitasEngine
from logicjsc.methods.gradient.engines.native import library
from logicjsc.methods.gradient.engines.native.engine import NativeEngine
from logicjsc.methods.gradient.loop import Trainer
from logicjsc.methods.loading import load_config


@pytest.fixture
def no_compiler(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    library.load_library.cache_clear()
    yield
    library.load_library.cache_clear()


def test_the_settings_choose_the_engine(tmp_path):
    for index, (engine, kind) in enumerate(
        [("auto", NativeEngine), ("fused", NativeEngine), ("brevitas", BrevitasEngine)]
    ):
        trainer = trainer_of(tmp_path / str(index), config=config_of(engine=engine))
        assert type(trainer.engine) is kind


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_brevitas_trains_and_one_line_says_so(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        trainer = trainer_of(tmp_path / "run")
    assert type(trainer.engine) is BrevitasEngine
    (record,) = caplog.records
    assert "through Brevitas, many times slower" in record.getMessage()
    assert "no-such-compiler" in record.getMessage()
    assert "\n" not in record.getMessage()


@pytest.mark.usefixtures("no_compiler")
def test_a_fused_engine_that_cannot_be_built_is_refused(tmp_path):
    with pytest.raises(ToolNotFoundError, match="no-such-compiler"):
        trainer_of(tmp_path / "run", config=config_of(engine="fused"))


def test_a_compiler_that_fails_is_told(tmp_path, monkeypatch):
    compiler = tmp_path / "bad"
    compiler.write_text(
        '#!/bin/sh\ncase "$*" in --version) echo bad 1.0;; *) echo "error: out of ideas"; exit 1;; '
        "esac\n"
    )
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    library.load_library.cache_clear()
    try:
        with pytest.raises(ToolFailedError, match="out of ideas"):
            library.load_library()
    finally:
        library.load_library.cache_clear()
    assert not list((tmp_path / "cache" / "libraries").glob("*"))


def test_a_library_that_cannot_be_loaded_is_told_and_done_without(
    tmp_path, monkeypatch, program, caplog
):
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    # The name of what a compiler makes is its last argument here.
    making = (
        'test "$1" = --version && echo "c++ 1.0" && exit\nfor last in "$@"; do :; done\n: >"$last"'
    )
    compiler = program("c++", making)
    monkeypatch.setenv("CXX", str(compiler))
    built = library.compile_library()
    built.write_bytes(b"not a library")
    seal(built)  # as if it had been compiled to that
    library.load_library.cache_clear()
    try:
        with pytest.raises(OutputError, match=r"cannot be loaded .* whose files may be executed"):
            library.load_library()
        assert type(trainer_of(tmp_path / "run").engine) is BrevitasEngine
        assert "cannot be loaded" in caplog.text
    finally:
        library.load_library.cache_clear()


def test_a_cache_that_cannot_be_written_is_told(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("in the way")
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    library.load_library.cache_clear()
    try:
        with pytest.raises(OutputError, match="set LOGICJSC_CACHE to another directory"):
            library.load_library()
    finally:
        library.load_library.cache_clear()


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_engines_reach_the_same(tmp_path, kind):
    splits = small_splits(train=1500)
    network = NetworkConfig(kind=kind, hidden=(12,), fan_in=4, bits=(2, 4))
    reports = {
        engine: fit(tmp_path / engine, splits, config_of(network, epochs=3, engine=engine))
        for engine in ("fused", "brevitas")
    }
    first = [epochs[0] for _, _, epochs in reports.values()]
    assert first[0].training_loss == pytest.approx(first[1].training_loss, abs=0.02)
    fused, brevitas = (result.best for result, _, _ in reports.values())
    assert fused.sizes == brevitas.sizes
    assert fused.sizes["trainable_parameters"] > 0
    assert abs(fused.test.accuracy - brevitas.test.accuracy) < 0.05
    assert abs(fused.test.loss - brevitas.test.loss) < 0.1


@pytest.mark.parametrize(
    "changes",
    [{"engine": "fused"}, {"engine": "fused", "threads": 2}, {"engine": "brevitas"}]
    + [{"engine": engine, "population": 3} for engine in ("fused", "brevitas")],
    ids=str,
)
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, changes):
    config = config_of(epochs=4, **changes)

    trainer = trainer_of(tmp_path / "stopped", config=config)
    interrupt_after(2, trainer)
    resumed = Trainer(trainer.run, load_config(trainer.run.config_file).config, small_splits())
    resumed.restore()
    assert resumed.epoch == 2
    found, details = resumed.fit(lambda _: None)
    whole = fit(tmp_path / "whole", config=config)[0]
    assert (replace(found, name="whole"), details) == (whole.best, whole.details)
    for name in ("state.pt", "checkpoint.pt"):
        ours, theirs = (
            checkpoint.load(tmp_path / folder / name) for folder in ("stopped", "whole")
        )
        assert str(ours) == str(theirs)
    ours, theirs = (
        checkpoint.load(tmp_path / folder / "state.pt")["members"]
        for folder in ("stopped", "whole")
    )
    for one, other in zip(ours, theirs, strict=True):
        for name, tensor in one["model"].items():
            assert torch.equal(tensor, other["model"][name]), name


def test_a_run_goes_on_with_another_engine(tmp_path):
    config = config_of(epochs=2, engine="fused")
    _, run, _ = fit(tmp_path / "run", config=config)
    longer = config_of(epochs=3, engine="brevitas")
    trainer = Trainer(run, longer, small_splits())
    trainer.restore()
    assert trainer.epoch == 2
    trainer.fit(lambda _: None)
    state = checkpoint.load(trainer.files.state)
    assert state["epoch"] == 3
    steps = {int(entry["step"]) for entry in state["members"][0]["optimiser"]["state"].values()}
    assert steps == {36}


@pytest.mark.parametrize("engine", ["fused", "brevitas"])
class TestDivergence:
    def broken(self, trainer):
        """Make one sample of the second epoch's third batch odd; this epoch's are as they were."""
        engine = trainer.engine
        sample = engine_batches(trainer, 1)[2][5]
        engine.features[sample, 0] = torch.inf

    def test_it_stops_with_step_rate_and_last_good_checkpoint(self, tmp_path, engine):
        config = config_of(epochs=3, engine=engine, schedule="constant")
        trainer = trainer_of(tmp_path / "run", config=config)

        def spoil(report):
            assert report.epoch == 1
            self.broken(trainer)

        with pytest.raises(TrainingError) as caught:
            trainer.fit(spoil)
        assert str(caught.value) == (
            "the loss became nan in step 15 (epoch 2) at learning rate 0.01; lower "
            "training.learning_rate; the best checkpoint so far, of epoch 1, is "
            f"{trainer.files.checkpoint}"
        )
        assert checkpoint.load(trainer.files.checkpoint)["epoch"] == 1
        assert checkpoint.load(trainer.files.state)["epoch"] == 1

    def test_before_any_checkpoint_it_says_so(self, tmp_path, engine):
        trainer = trainer_of(tmp_path / "run", config=config_of(engine=engine, population=2))
        trainer.engine.features[:] = torch.nan
        with pytest.raises(TrainingError, match=r"loss of member 0 became nan in step 1 \(epoch 1"):
            trainer.fit(lambda _: None)
        assert not trainer.files.checkpoint.exists()


def engine_batches(trainer, epoch):
    from logicjsc.methods.gradient.engines.batches import batches_of

    return batches_of(trainer.config, epoch, 400)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_memory_that_runs_out_names_what_to_lower(tmp_path, monkeypatch, error):
    trainer = trainer_of(tmp_path / "run", config=config_of(population=3))

    def exhaust(*_):
        raise error

    monkeypatch.setattr(trainer.engine, "train_epoch", exhaust)
    with pytest.raises(
        TrainingError,
        match=r"training.batch_size = 32 and training.population = 3; lower one of them",
    ):
        trainer.fit(lambda _: None)


def test_other_runtime_errors_are_not_taken_for_memory(tmp_path, monkeypatch):
    trainer = trainer_of(tmp_path / "run")

    def fail(*_):
        raise RuntimeError("something else")

    monkeypatch.setattr(trainer.engine, "train_epoch", fail)
    with pytest.raises(RuntimeError, match="something else"):
        trainer.fit(lambda _: None)


def test_validation_takes_the_same_codes_through_either_engine(tmp_path):
    splits = replace(small_splits(), validation=separable_jets(1500, 9, noise=2.0))
    trainer = trainer_of(tmp_path / "run", splits)
    trainer.engine.train_epoch(0)
    ours = trainer.engine.validation_scores()
    modules = BrevitasEngine(trainer.members, splits, torch.device("cpu"))
    torch.testing.assert_close(ours, modules.validation_scores(), rtol=1e-6, atol=1e-6)
