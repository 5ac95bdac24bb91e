"""Confirmed worsening and improvement, event by event."""
