"""Published trials as validated data."""
