"""The one way results reach the disk.

Reserved before anything is computed, whole or not there, nothing of others touched.
"""
