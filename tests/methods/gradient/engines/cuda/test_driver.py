"""Compiling and launching, against libraries that play NVRTC and CUDA's driver."""

import ctypes
import logging
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from reference.emulated_cuda import EmulatedKernels
from reference.played_cuda import played_cuda
from reference.small_jets import small_splits
from reference.small_runs import config_of, trainer_of

from logicjsc.core.errors import OutputError, ToolFailedError, ToolNotFoundError
from logicjsc.methods.gradient.config import NetworkConfig
from logicjsc.methods.gradient.engines import engine
from logicjsc.methods.gradient.engines.cuda import compiler, driver
from logicjsc.methods.gradient.engines.cuda.engine import KernelEngine
from logicjsc.methods.gradient.engines.cuda.plan import Grid
from logicjsc.methods.gradient.engines.graph_engine import GraphEngine


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return played_cuda(tmp_path_factory.mktemp("played"))


@pytest.fixture
def nvrtc(library, monkeypatch, tmp_path):
    """NVRTC is there, and the cache is empty."""
    monkeypatch.setattr(compiler, "_library", lambda: library)
    monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "cache"))
    return library


class TestCompiler:
    def test_it_compiles_the_unit_with_its_headers_once(self, nvrtc, monkeypatch):
        code = compiler.compiled_kernels((9, 0)).decode()
        unit = compiler._FOLDER / "training.cu"
        headers = [path for path in compiler._FOLDER.iterdir() if path.suffix == ".h"]
        assert code.startswith(f"training.cu:{len(unit.read_bytes())}:")
        for header in headers:
            assert f":{header.name}:{len(header.read_bytes())}:" in code
        assert code.endswith("--std=c++17--gpu-architecture=sm_90")
        assert compiler.compiled_kernels((12, 0)).endswith(b"sm_120")
        monkeypatch.setattr(nvrtc, "nvrtcCreateProgram", None)
        assert compiler.compiled_kernels((9, 0)).decode() == code

    @pytest.mark.usefixtures("nvrtc")
    def test_an_error_is_told_with_the_first_line_of_the_log(self, monkeypatch, tmp_path):
        (tmp_path / "training.cu").write_text("#error")
        monkeypatch.setattr(compiler, "_FOLDER", tmp_path)
        with pytest.raises(ToolFailedError) as caught:
            compiler.compiled_kernels((9, 0))
        assert str(caught.value) == (
            "nvrtc 13.7 cannot compile the training kernels (NVRTC_ERROR_COMPILATION): "
            "training.cu(3): error: asked for"
        )
        assert not list((tmp_path / "cache" / "libraries").iterdir())

    @pytest.mark.usefixtures("nvrtc")
    def test_a_cache_that_cannot_be_written_is_named(self, monkeypatch, tmp_path):
        (tmp_path / "file").touch()
        monkeypatch.setenv("LOGICJSC_CACHE", str(tmp_path / "file"))
        with pytest.raises(OutputError, match=r"file cannot be used .*LOGICJSC_CACHE"):
            compiler.compiled_kernels((9, 0))

    def test_without_nvrtc_the_package_is_named(self, monkeypatch):
        def nothing(name):
            raise OSError(name)

        monkeypatch.setattr(compiler.ctypes, "CDLL", nothing)
        compiler._library.cache_clear()
        with pytest.raises(ToolNotFoundError, match="pip install nvidia-cuda-nvrtc"):
            compiler._library()

    def test_it_is_looked_for_in_nvidias_packages(self, monkeypatch, tmp_path):
        folder = tmp_path / "cu13" / "lib"
        folder.mkdir(parents=True)
        (folder / "libnvrtc.so.13").touch()
        nvidia = SimpleNamespace(__path__=[str(tmp_path)])
        monkeypatch.setattr(compiler.importlib, "import_module", lambda _: nvidia)
        assert list(compiler._packaged(["libnvrtc.so.13"])) == [str(folder / "libnvrtc.so.13")]


class TestDriver:
    @pytest.fixture
    def made(self, library, monkeypatch):
        """A driver whose torch has a stream number 77."""
        library.asked_function.restype = ctypes.c_char_p
        stream = SimpleNamespace(cuda_stream=77)
        cuda = SimpleNamespace(
            synchronize=lambda _: None,
            device=lambda _: nullcontext(),
            get_device_capability=lambda _: (9, 0),
            get_device_name=lambda _: "Played GPU",
            current_stream=lambda: stream,
        )
        monkeypatch.setattr(driver, "torch", SimpleNamespace(cuda=cuda))
        monkeypatch.setattr(driver, "_driver", lambda: library)
        monkeypatch.setattr(driver, "compiled_kernels", lambda _, **__: b"code")
        driver._loaded.cache_clear()
        yield driver.load_kernels(torch.device("cuda", 1))
        driver._loaded.cache_clear()

    def test_a_launch_asks_for_its_grid(self, made, library):
        argument = driver._Dimensions(3, 4, 5)
        made.launch("logicjsc_train_4", argument, Grid(24, 512, 8, 100_000))
        answers = (ctypes.c_longlong * 16)()
        library.asked(answers)
        cluster = [1, 4, 8, 1, 1]
        most = 232_448
        first = (4 << 32) + 3
        assert list(answers) == [24, 1, 1, 512, 1, 1, 100_000, 77, *cluster, first, most, 1]
        assert library.asked_function() == b"logicjsc_train_4"

    def test_clusters_that_do_not_fit_are_none(self, made):
        assert made.clusters("logicjsc_train_2", Grid(8, 512, 8, 1000)) == 16
        assert made.clusters("logicjsc_train_2", Grid(16, 512, 16, 1000)) == 0

    def test_a_refused_launch_is_told(self, made):
        with pytest.raises(ToolFailedError, match=r"CUDA: invalid argument$"):
            made.launch("logicjsc_train_2", driver._Dimensions(), Grid(1, 512, 1, 300_000))

    @pytest.mark.usefixtures("made")
    def test_code_for_another_gpu_is_told(self, monkeypatch):
        monkeypatch.setattr(driver, "compiled_kernels", lambda _, **__: b"odd")
        with pytest.raises(ToolFailedError, match=r"CUDA: no kernel image$"):
            driver.Driver(0)

    @pytest.mark.usefixtures("made")
    def test_a_damaged_cache_is_mended(self, monkeypatch):
        asked = []

        def compiled(_, *, anew=False):
            asked.append(anew)
            return b"code" if anew else b"odd"

        monkeypatch.setattr(driver, "compiled_kernels", compiled)
        driver.Driver(0)
        assert asked == [False, True]

    @pytest.mark.usefixtures("made")
    def test_a_gpu_without_clusters_has_no_kernels(self, monkeypatch):
        monkeypatch.setattr(driver.torch.cuda, "get_device_capability", lambda _: (8, 9))
        assert driver.load_kernels(torch.device("cuda", 0)) is None

    def test_memory_that_runs_out_is_told_apart(self, made):
        with pytest.raises(MemoryError):
            made._check(2)

    def test_a_driver_without_clusters_is_too_old(self, monkeypatch):
        monkeypatch.setattr(driver.ctypes, "CDLL", lambda _: SimpleNamespace())
        driver._driver.cache_clear()
        with pytest.raises(ToolNotFoundError, match=r"older than 11\.8"):
            driver._driver()


class TestChoice:
    def chosen(self, tmp_path, monkeypatch, kernels, config=None):
        trainer = trainer_of(tmp_path / "run", config=config or config_of())
        monkeypatch.setattr(driver, "load_kernels", kernels)
        return engine._cuda_engine(
            trainer.members,
            small_splits(),
            trainer.scaler,
            trainer.device,
            trainer.objective,
        )

    def test_the_kernel_if_there_is_one(self, tmp_path, monkeypatch):
        made = self.chosen(tmp_path, monkeypatch, lambda _: EmulatedKernels())
        assert type(made) is KernelEngine

    def test_the_graph_for_what_is_no_truth_table(self, tmp_path, monkeypatch):
        config = config_of(NetworkConfig(kind="dense", hidden=(10,)))
        made = self.chosen(tmp_path, monkeypatch, lambda _: EmulatedKernels(), config)
        assert type(made) is GraphEngine

    def test_the_graph_for_batches_that_do_not_fit(self, tmp_path, monkeypatch):
        made = self.chosen(tmp_path, monkeypatch, lambda _: EmulatedKernels(1000))
        assert type(made) is GraphEngine

    def test_the_graph_for_gpus_without_clusters(self, tmp_path, monkeypatch):
        assert type(self.chosen(tmp_path, monkeypatch, lambda _: None)) is GraphEngine

    def test_the_graph_where_nothing_can_be_compiled(self, tmp_path, monkeypatch, caplog):
        def nothing(_):
            raise ToolNotFoundError("NVRTC was not found")

        with caplog.at_level(logging.WARNING):
            made = self.chosen(tmp_path, monkeypatch, nothing)
        assert type(made) is GraphEngine
        assert "CUDA graphs, many times slower: NVRTC was not found" in caplog.text
