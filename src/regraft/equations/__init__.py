"""The body's equations as expressions: traced from the compiled functions, worked out, and written in lanes.

- `symbols`, `interpret`, `trace`: a kernel run on symbols returns what it computes; `evaluate` works it out.
- `lane_code`: expressions as code for many patients at once; `body_in_lanes`: those of the whole body, for kernels.
"""
