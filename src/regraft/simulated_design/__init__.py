"""Designs simulated: a pool of people who live every arm, and trials of a design drawn from it."""
