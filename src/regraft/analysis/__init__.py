"""Statistics over endpoints."""
