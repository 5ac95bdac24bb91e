"""regraft: trials of immune reset in multiple sclerosis, simulated and recorded alike."""
