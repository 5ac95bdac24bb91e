"""Published numbers beside the model: the people they were seen in, how each is read, and whether it agrees.

What both parts, treatment and disease, use.
"""
