"""More than one machine, through Dask: whose workers, what is sent to them, and what comes back."""
