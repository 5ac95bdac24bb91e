"""What the clinic does, in its order: mobilise, harvest, purify, freeze, ablate, transplant, reconstitute."""
