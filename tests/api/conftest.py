"""Fixtures of the API's tests."""

from tests.api.people import later

__all__ = ["later"]
