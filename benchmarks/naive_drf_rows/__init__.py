"""Baseline: as `benchmarks.naive_drf`, but an insert leaves the thirteen rows of ten tables of an intake."""
