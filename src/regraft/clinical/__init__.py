"""Rules used on both sides of the study tables: EDSS, engraftment, liver criteria, grades, body size."""
