"""Who the virtual patient is: covariates, random effects, and the record of parameters."""
