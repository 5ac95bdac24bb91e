"""One function per figure; results come in, matplotlib figures go out."""
