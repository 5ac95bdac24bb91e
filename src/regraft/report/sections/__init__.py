"""Sections of a report: each turns study tables and endpoints into prose, tables and figures."""
