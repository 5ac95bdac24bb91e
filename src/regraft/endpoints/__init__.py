"""Pure derivations of endpoints from study tables."""
