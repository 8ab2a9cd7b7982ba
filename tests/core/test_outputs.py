"""Results of earlier commands are kept."""

from __future__ import annotations

import pytest

from logicjsc.core.errors import OutputError, RunError
from logicjsc.core.outputs import refuse_finished


def test_a_result_is_replaced_only_where_that_is_wanted(tmp_path):
    refuse_finished(tmp_path / "new", "marker", overwrite=False)
    (tmp_path / "marker").write_text("")
    refuse_finished(tmp_path, "marker", overwrite=True)
    message = f"^{tmp_path} exists already; replace it with --overwrite, or choose another --out$"
    with pytest.raises(RunError, match=message):
        refuse_finished(tmp_path, "marker", overwrite=False)
    with pytest.raises(OutputError, match="was not written by logicjsc"):
        refuse_finished(tmp_path, "other", overwrite=True)
