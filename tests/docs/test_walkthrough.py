"""The walk-through in docs/ runs word for word against a real server, and answers as the page says."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.schemas.intakes.intakes import IntakeIn
from tests.docs.server import serving

PAGE = Path(__file__).parents[2] / "docs" / "walkthrough.md"
FORM = re.compile(r"<<JSON\n(.*?)\nJSON", re.DOTALL)
BLOCK = re.compile(r"```bash\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("walkthrough")) as address:
        yield address


def test_the_walkthrough_answers_as_its_page_says(api: str, tmp_path: Path) -> None:
    script = "\n".join(BLOCK.findall(PAGE.read_text("utf-8")))
    expected = re.findall(r"^# → (.*)$", script, re.MULTILINE)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "API": api},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert [line.strip() for line in ran.stdout.splitlines()] == expected
    assert len(expected) > 12


def test_its_intake_fills_every_field_of_the_form() -> None:
    (form,) = FORM.findall(PAGE.read_text("utf-8"))
    assert _unfilled(IntakeIn, [json.loads(form)]) == []


def _unfilled(model: type[BaseModel], bodies: list[Any], where: str = "") -> list[str]:
    """The paths of `model`'s fields, and of the models in them, that no entry of `bodies` fills."""
    missing = []
    for name, info in model.model_fields.items():
        values = [v for one in bodies for v in _listed(one.get(name))]
        if not values:
            missing.append(f"{where}/{name}")
        for inner in _models(info.annotation):
            missing += _unfilled(inner, values, f"{where}/{name}")
    return missing


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
