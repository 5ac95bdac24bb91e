"""How long simulated people take, about, before any of them was lived."""

SECONDS_PER_PATIENT_YEAR = 0.0017
"""Of one core: 20 trials of 30 people over 4 years (the made-up trial, endpoints and all) took 4.2 s of it, measured on
the machine of November 2026 on which the posterior was made; another machine is faster or slower."""
