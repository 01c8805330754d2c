"""Acceptance, return, lock and unlocking by the units above."""
