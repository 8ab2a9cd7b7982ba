"""The structures of ``layout.h``, which this module mirrors."""

from __future__ import annotations

import ctypes
from ctypes import c_float, c_int32, c_void_p
from typing import ClassVar, Final

MOST_BLOCKS: Final = 24
QUAD: Final = 4


class Block(ctypes.Structure):
    """Linear sums, normalisation and quantiser of one layer."""

    _fields_: ClassVar = [
        ("neurons", c_int32),
        ("first_row", c_int32),
        ("first_place", c_int32),
        ("quads", c_int32),
        ("first_weight", c_int32),
        ("reader_quads", c_int32),
        ("first_reader", c_int32),
        ("activation", c_int32),
        ("low", c_float),
        ("high", c_float),
        ("threshold", c_float),
        ("momentum", c_float),
        ("epsilon", c_float),
    ]


class Network(ctypes.Structure):
    """The shape of all members, and where their numbers are."""

    _fields_: ClassVar = [
        ("features", c_int32),
        ("blocks", c_int32),
        ("classes", c_int32),
        ("rows", c_int32),
        ("weights", c_int32),
        ("most_neurons", c_int32),
        ("places", c_int32),
        ("block", Block * MOST_BLOCKS),
        ("sources", c_void_p),
        ("source_blocks", c_void_p),
        ("all_readers", c_int32),
        ("readers", c_void_p),
        ("values", c_void_p),
        ("running_mean", c_void_p),
        ("running_variance", c_void_p),
    ]


class Data(ctypes.Structure):
    """Standardised features, labels and what a teacher makes of them."""

    _fields_: ClassVar = [
        ("features", c_void_p),
        ("labels", c_void_p),
        ("teacher", c_void_p),
        ("count", c_int32),
    ]


class Places(ctypes.Structure):
    """Where things lie in a thread block's shared memory, in bytes."""

    _fields_: ClassVar = [
        (name, c_int32)
        for name in (
            "rates",
            "values",
            "sources",
            "readers",
            "source_blocks",
            "chosen",
            "labels",
            "partials",
            "numbers",
            "lines",
            "steps",
            "means",
            "inverses",
            "of_slopes",
            "of_offsets",
            "running_means",
            "running_variances",
            "slots",
            "scalars",
            "scalar_sums",
            "owned",
            "of_scores",
            "teacher",
            "codes",
        )
    ]


class Steps(ctypes.Structure):
    """Steps to make."""

    _fields_: ClassVar = [
        ("network", Network),
        ("samples", Data),
        ("places", Places),
        ("first", c_void_p),
        ("second", c_void_p),
        ("average", c_void_p),
        ("decays", c_void_p),
        ("order", c_void_p),
        ("rates", c_void_p),
        ("losses", c_void_p),
        ("tasks", c_void_p),
        ("total", c_int32),
        ("batch", c_int32),
        ("samples_per_block", c_int32),
        ("columns", c_int32),
        ("ranks_log2", c_int32),
        ("beta1", c_float),
        ("beta2", c_float),
        ("epsilon", c_float),
        ("smoothing", c_float),
        ("teacher_weight", c_float),
        ("temperature", c_float),
    ]


class Evaluation(ctypes.Structure):
    """Data to score."""

    _fields_: ClassVar = [
        ("network", Network),
        ("samples", Data),
        ("scores", c_void_p),
        ("parts", c_int32),
    ]
