"""The acute model from mobilisation to reconstitution, held against what studies of each step saw."""
