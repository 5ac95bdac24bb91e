"""Multiple sclerosis itself: clones, lesions, relapses, smouldering, disability, brain volume, death."""
