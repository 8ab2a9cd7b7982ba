"""GPUs are found by the driver alone; the driver is played."""

import pytest

from logicjsc.core.diagnosis import examine
from logicjsc.core.programs import find_cxx
from logicjsc.methods.gradient.engines.cuda import needs

DRIVER = """
#include <cstdio>
extern "C" {
int cuInit(unsigned) { return INIT; }
int cuDriverGetVersion(int *version) { *version = 12040; return 0; }
int cuDeviceGetCount(int *count) { *count = COUNT; return 0; }
int cuDeviceGet(int *device, int index) { *device = index; return 0; }
int cuDeviceGetName(char *text, int length, int device) {
  if (device == 1) return 1;
  std::snprintf(text, length, "Played %d", device);
  return 0;
}
}
"""


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Takes the place of NVIDIA's driver, with a torch of some version."""

    def take(init=0, count=2, torch="2.9.0"):
        source, target = tmp_path / "driver.cpp", tmp_path / "driver.so"
        source.write_text(DRIVER)
        values = [f"-DINIT={init}", f"-DCOUNT={count}"]
        find_cxx().run(["-shared", "-fPIC", *values, source, "-o", target], timeout=60)
        monkeypatch.setattr(needs, "_LIBRARY", str(target))
        monkeypatch.setattr(needs.importlib.metadata, "version", {"torch": torch}.__getitem__)
        return examine(needs.NEEDS[0])

    return take


def test_gpus_are_named(driver):
    found = driver().found
    assert (found.version, found.path) == ("CUDA 12.4", "Played 0, GPU 1")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"init": 100}, "the NVIDIA driver finds no GPU; see what nvidia-smi says"),
        ({"count": 0}, "the NVIDIA driver finds no GPU; see CUDA_VISIBLE_DEVICES"),
        (
            {"torch": "2.9.0+cpu"},
            "there is a GPU, but torch was built without CUDA; install torch from PyPI",
        ),
    ],
)
def test_what_keeps_training_from_a_gpu_is_said(driver, settings, sentence):
    finding = driver(**settings)
    assert (finding.problem, finding.hinders) == (sentence, False)


def test_no_driver_is_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.setattr(needs, "_LIBRARY", str(tmp_path / "none.so"))
    finding = examine(needs.NEEDS[0])
    assert finding.problem.startswith("there is no NVIDIA driver (")
    assert finding.problem.endswith("without a GPU training uses the CPU")
    assert not finding.hinders
