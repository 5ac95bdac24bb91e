"""What is always true in the body: one file per organ or drug."""
