"""Tables of beans to samples: columns are found by name, row numbers are left out."""

from __future__ import annotations

from typing import Final

import numpy as np

from logicjsc.dataset.arranging import class_indices, find_columns, holds_most, task_numbers
from logicjsc.dataset.samples import Samples
from logicjsc.dataset.schema import Schema, Target
from logicjsc.dataset.table import Table
from logicjsc.tasks.beans.names import ALIASES, CLASS, CLASS_NAMES, FEATURE_NAMES, ROW_NUMBERS

TASK: Final = "beans"
SCHEMA: Final = Schema.numbers(FEATURE_NAMES, Target("classes", CLASS_NAMES, CLASS))


def arrange(table: Table) -> Samples:
    """Beans of a table.

    Raises:
        DataError: a column is missing, repeated or unknown, or holds something else than numbers
            or one of the seven kinds.
    """
    wanted = (*FEATURE_NAMES, CLASS)
    given = find_columns(table, wanted, TASK, left_out=ROW_NUMBERS, aliases=ALIASES)
    columns = [task_numbers(table, given[name], TASK) for name in FEATURE_NAMES]
    features = np.stack([column.astype(np.float32) for column in columns], axis=1)
    return Samples(features, class_indices(table, given[CLASS], CLASS_NAMES), SCHEMA, table.source)


def recognises(table: Table) -> bool:
    """Whether a table has most of the columns of beans."""
    return holds_most(table, FEATURE_NAMES)
