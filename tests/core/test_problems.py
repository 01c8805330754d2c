"""What /problems promises is what the code raises."""

import re
from pathlib import Path

import app
from app.core import problems
from app.core.problems import ProblemType


def test_every_problem_of_the_catalogue_is_raised_somewhere() -> None:
    files = [path for path in Path(app.__path__[0]).rglob("*.py") if path != Path(problems.__file__)]
    code = "\n".join(path.read_text("utf-8") for path in files)
    names = [name for name, kind in vars(problems).items() if isinstance(kind, ProblemType)]
    assert len(names) == len(problems.CATALOGUE)
    assert [name for name in names if not re.search(rf"\b{name}\(|\bproblems\.{name}\b", code)] == []
