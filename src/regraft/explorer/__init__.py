"""`regraft explore`: the same program in a browser, on this machine, for people without a command line."""
