"""Settings all tests share: compiled kernels make first calls slow, so Hypothesis has no deadline."""

from hypothesis import settings

settings.register_profile("regraft", deadline=None, derandomize=True)
settings.load_profile("regraft")
