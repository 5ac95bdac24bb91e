"""Published numbers beside the model, each in the population it was seen in.

What both parts, treatment and disease, use.
"""
