"""The disease and its drugs, held against registries, trials and cohorts without a transplant course."""
