from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.damaged_files import damaged
from reference.lut_networks import networks

from logicjsc.core.errors import NetlistError
from logicjsc.explore.zoo.lut_file import load_luts, save_luts
from logicjsc.map.lut_network import Lut, LutNetwork


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text("0123456789abcdef", min_size=1), networks(), max_size=4))
def test_networks_are_read_as_they_were_written(tmp_path, found):
    path = tmp_path / "luts.npz"
    save_luts(found, path)
    assert load_luts(path) == found


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_refused_or_harmless(tmp_path, data):
    path = tmp_path / "luts.npz"
    save_luts({"k": LutNetwork(2, (Lut((2, 3), 6),), (4,))}, path)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    with suppress(NetlistError):
        assert set(load_luts(path)) == {"k"}


def test_a_file_without_its_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", other=np.zeros(3))
    with pytest.raises(NetlistError, match="holds no LUTs"):
        load_luts(tmp_path / "x.npz")
    with pytest.raises(NetlistError, match="holds no LUTs"):
        load_luts(tmp_path / "missing.npz")
