"""Of 100 simulated people with these features: how they are looked for, how they live, and what is counted."""
