"""Many patients at once: LLVM vectors of doubles, a lane for each patient, and what is computed with them.

- `vector`: numbers, their bits and answers side by side as they are written to LLVM, with the operators of Python.
- `functions`: exponential and logarithm of those operators alone, so that no library of a machine has a say.
- `kind`: the types `Lanes` and `Mask` for kernels, and how they are read from and written to arrays.
- `equations`: traced equations (`regraft.sbml.trace`) as lane code; `body`: those of the whole body, so that nothing of
  the model is written a second time.
- `stepper`: two adaptive integrators, each lane with its own step; `reference_problem`: what they are tried on.
- `treatment`: the whole treatment, stage by stage, in lanes. `peak`: the most that a core does in lanes.

Nothing here reorders arithmetic or fuses a product into a sum, and a lane never sees its neighbours: a patient has the
same bits in any lane, beside anybody, and on every x86-64 from SSE4.2 to AVX-512 (LLVM splits a vector that the
processor has not). Only the speed differs.
"""
