"""A decorator for kernels that only other kernels call: without the ways in from Python and C, half the compile time.

numba builds two more functions around each kernel, which unpack every array of its arguments; with the many arrays of
`state.py` that costs more than the kernel. Like a leaf it must not create arrays or lists. Python must not call it:
where numba is there, that ends the process.
"""

from __future__ import annotations

from typing import Any, cast

from matching.jit import compiled
from matching.kernels.leaf import OPTIONS, Kernel, leaf

WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: Kernel) -> Kernel:
    """`function`, compiled for other kernels only."""
    if not compiled():
        return function
    import numba

    try:
        return cast(Kernel, numba.njit(**OPTIONS, **WRAPPERS)(function))
    except (KeyError, RuntimeError, TypeError):
        return leaf(function)
