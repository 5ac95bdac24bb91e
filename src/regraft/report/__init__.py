"""Self-contained HTML reports, simulated and recorded apart."""
