"""Baseline: Django REST Framework as its tutorial has it, with nothing else on: no sign-in, sessions or admin."""
