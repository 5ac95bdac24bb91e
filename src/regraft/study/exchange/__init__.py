"""Borders of the study tables: one file per foreign format."""
