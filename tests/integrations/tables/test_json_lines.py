"""JSON Lines as programs write them. All names are invented."""

import pytest

from app.integrations.tables.json_lines import JsonLines
from app.integrations.tables.rows import Row

NAMES = ("name", "born")


def read(content: str) -> list[Row]:
    return JsonLines(NAMES).window(content.encode(), 1, is_last=True).rows


def test_members_are_the_columns_by_name_in_any_order() -> None:
    rows = read('{"born": "2015-03-05", "name": "A"}\n\n{"name": "B"}')
    assert [(row.number, list(row.cells), row.is_blank) for row in rows] == [
        (1, ["A", "2015-03-05"], False),
        (2, [], True),
        (3, ["B", None], False),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "not_an_object"),
        ("[1]", "not_an_object"),
        ('{"name": ["A"]}', "not_an_object"),
        ('{"name": "A", "name": "B"}', "not_an_object"),
        ('{"name": NaN}', "not_an_object"),
        ('{"naem": "A"}', "unknown_member"),
    ],
)
def test_a_wrong_line_is_refused_alone(line: str, code: str) -> None:
    rows = read(f'{line}\n{{"name": "B"}}\n')
    assert [row.fault.code if row.fault else None for row in rows] == [code, None]


@pytest.mark.parametrize("size", [1, 2, 5, 13, 40])
def test_parts_of_any_size_give_the_rows_of_the_whole(size: int) -> None:
    content = '{"name": "Bịa"}\n{"name": "B"}\n\n{"name": "C"}'.encode()
    rows, at, end = list[Row](), 0, size
    while at < len(content):
        window = JsonLines(NAMES).window(content[at:end], 1 + len(rows), is_last=end >= len(content))
        rows += window.rows
        at, end = at + window.consumed, end + size
    assert rows == read(content.decode())
