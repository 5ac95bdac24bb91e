"""What a worker makes of a request: plain values and finished text, so that the server needs no table and no model."""
