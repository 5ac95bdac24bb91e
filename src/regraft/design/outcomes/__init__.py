"""Two arms compared by one number per person: proportions, exact tables, means, counts, win ratio."""
