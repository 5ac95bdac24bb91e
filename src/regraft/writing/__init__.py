"""The one way results reach the disk: reserved before anything is computed, whole or not there, nothing of others touched."""
