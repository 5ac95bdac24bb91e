"""The public face of regraft: what ``import regraft as rg`` offers, and what the command line is made of."""
