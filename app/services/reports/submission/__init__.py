"""Submission: who signs, what a version freezes, and how it is read."""
