"""What training on a GPU uses: NVIDIA's driver, and a torch with CUDA."""

from __future__ import annotations

import ctypes
import importlib.metadata
from ctypes import byref, c_int, create_string_buffer
from typing import Final

from logicjsc.core.diagnosis import Found, Need
from logicjsc.core.errors import ToolNotFoundError

_LIBRARY: Final = "libcuda.so.1"
_LONGEST_NAME: Final = 256


def _gpus() -> Found:
    """GPUs by the driver alone, because importing torch takes seconds."""
    try:
        driver = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise ToolNotFoundError(
            f"there is no NVIDIA driver ({error}); without a GPU training uses the CPU"
        ) from error
    version, count = c_int(), c_int()
    if driver.cuInit(0) or driver.cuDriverGetVersion(byref(version)):
        raise ToolNotFoundError("the NVIDIA driver finds no GPU; see what nvidia-smi says")
    if driver.cuDeviceGetCount(byref(count)) or not count.value:
        raise ToolNotFoundError("the NVIDIA driver finds no GPU; see CUDA_VISIBLE_DEVICES")
    label = importlib.metadata.version("torch").partition("+")[2]
    if label == "cpu":
        raise ToolNotFoundError(
            "there is a GPU, but torch was built without CUDA; install torch from PyPI"
        )
    major, minor = divmod(version.value, 1000)
    names = ", ".join(_name(driver, index) for index in range(count.value))
    return Found(f"CUDA {major}.{minor // 10}", names)


def _name(driver: ctypes.CDLL, index: int) -> str:
    device, text = c_int(), create_string_buffer(_LONGEST_NAME)
    if driver.cuDeviceGet(byref(device), index) or driver.cuDeviceGetName(
        text, _LONGEST_NAME, device
    ):
        return f"GPU {index}"
    return text.value.decode(errors="replace")


NEEDS: Final = (Need("CUDA", "device", "training on a GPU", _gpus),)
