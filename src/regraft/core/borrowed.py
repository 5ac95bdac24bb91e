"""Arrays lent to kernels: the same memory without its reference count.

Numba counts references with locked instructions at every call that passes an array. A life is millions of small calls, and
the counting took half its time. A borrowed array counts nothing, so its owner must outlive the kernel: lend only arrays that
came as arguments from Python, never one made inside a kernel.
"""

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic

_intrinsic: Any = intrinsic


@_intrinsic
def borrowed(_context: Any, array: Any) -> Any:
    """Return a view of the whole array that holds no reference to its owner."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()  # noqa: SLF001 - Numba's own name for it

    return array(array), build
