"""Calibration: parameters fitted, with their uncertainty, to the studies that may be fitted, and to no other."""
