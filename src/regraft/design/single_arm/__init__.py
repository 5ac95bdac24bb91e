"""One arm against a fixed reference: exact binomial designs in one or more stages, and the one-sample log-rank."""
