"""From falling ill to a place in a trial: who comes, who is seen, who meets the criteria."""
