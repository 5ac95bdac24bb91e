"""A published trial rebuilt from its files, simulated, and measured by its own definitions."""
