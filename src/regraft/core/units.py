"""How the units of time turn into each other; a year is the mean one of the Julian calendar."""

DAYS_PER_YEAR = 365.25
DAYS_PER_WEEK = 7.0
WEEKS_PER_YEAR = 365.25 / 7.0
YEARS_PER_WEEK = 7.0 / 365.25
DAYS_PER_MONTH = 365.25 / 12.0
WEEKS_PER_MONTH = 365.25 / 12.0 / 7.0
