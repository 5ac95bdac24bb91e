"""Two arms followed over time: expected events, and sizes for every test of survival."""
