"""The waist of the hourglass: the typed tables of a study, simulated or recorded."""
