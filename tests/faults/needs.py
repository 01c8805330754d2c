"""What a machine must allow for a fault to be made. Where ATHD_FAULTS_REQUIRED is 1 nothing is left out."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it where every fault was asked for."""
    if os.environ.get("ATHD_FAULTS_REQUIRED") == "1":
        pytest.fail(f"{what}, and ATHD_FAULTS_REQUIRED asks for every fault")
    pytest.skip(what)
