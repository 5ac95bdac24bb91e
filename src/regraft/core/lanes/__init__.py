"""Many systems at once: LLVM vectors of doubles, a lane for each, and what is computed with them.

- `vector`: numbers, their bits and answers side by side as they are written to LLVM, with the operators of Python.
- `functions`: exponential and logarithm of those operators alone, so that no library of a machine has a say; `series`:
  how their series are shortened.
- `kind`: the types `Lanes` and `Mask` for kernels, and how they are read from and written to arrays.
- `stepper`: an adaptive integrator, each lane with its own step.

Nothing here reorders arithmetic or fuses a product into a sum, and a lane never sees its neighbours: a system has the
same bits in any lane, beside anything, and on every x86-64 from SSE4.2 to AVX-512 (LLVM splits a vector that the
processor has not). Only the speed differs.
"""
