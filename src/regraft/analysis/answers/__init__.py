"""Statistics asked of groups, each answered in numbers and in the sentence for a paper."""
