"""Looks at a running trial: spending, boundaries, their chances, conditional power and what is said at the end."""
