"""Published observables of the disease, the people they were seen in, and how each is read from simulated people."""
