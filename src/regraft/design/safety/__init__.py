"""Stopping for harm: rules, their calibration and their operating characteristics, for three ways of counting."""
