"""Fixtures of the services' tests."""

from tests.api.people import later

__all__ = ["later"]
