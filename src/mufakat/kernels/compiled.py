"""How a kernel is compiled: by Numba, in exact integers, once a machine; the result is kept on disk.

A compiled function takes and gives arrays and integers. It is the same Python without the compiler, which is how
coverage is measured (`NUMBA_DISABLE_JIT=1`).
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Int8 = npt.NDArray[np.int8]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile `function` at its first call, or take what an earlier run compiled from the cache."""
    return cast("Callable[_P, _R]", numba.njit(cache=True)(function))
