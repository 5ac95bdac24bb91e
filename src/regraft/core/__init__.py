"""What every layer stands on: errors, sourced numbers, random streams, compiled kernels, integration."""
