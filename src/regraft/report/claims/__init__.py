"""Popular accounts of a trial, held against what it found: one TOML file per evidence file."""
