"""What the lanes of `regraft.core.lanes` are measured by.

- `reference_problem`: a small model solved in lanes, by the pair of Dormand and Prince (`dormand_prince`).
- `rates`: the rates of the body, many times in a row. `peak`: the most that a core does in lanes.
"""
