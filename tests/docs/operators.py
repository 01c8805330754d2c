"""What docs/operators.md says, as commands and configuration."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for named, text in BLOCK.findall(PAGE.read_text("utf-8")) if named == language]


def block_with(language: str, words: str) -> str:
    """The one block that has these words."""
    [found] = [text for text in blocks(language) if words in text]
    return found
