"""Two proportions: sizes by the normal formula, exact size and power by counting every table."""
