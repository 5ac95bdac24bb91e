"""Published numbers beside the model, each in the population it was seen in: what both parts, treatment and disease, use."""
