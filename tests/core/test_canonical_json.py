"""Two texts of strict JSON have one canonical form if they mean the same, and only then."""

import json

import pytest

from app.core.canonical_json import canonical, meaning
from app.core.strict_json import loads


def form(text: str) -> str:
    return meaning(text.encode(), loads(text.encode()))


def test_a_value_has_one_text() -> None:
    assert canonical({"b": [1, "ế"], "a": None}) == '{"a":null,"b":[1,"ế"]}'
    assert meaning(b'{ "b": [1.0] }', {"b": [1.0]}) == canonical({"b": [1]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [1, 2]}', '{ "b":[1,2],"a":1 }'),
        ("1", "1.0"),
        ("100", "1e2"),
        ("0", "-0.0"),
        ("0", "0e99999"),
        ("1.5", "15e-1"),
        ("1.50", "0.0150E+2"),
        ('"\\u1ebf"', '"ế"'),
        ('"e\\u0302\\u0301"', '"ế"'),
        ('"\\u00d0"', '"Đ"'),
        ('"\\/"', '"/"'),
        ("[1.0]", "[1]"),
    ],
)
def test_one_meaning_has_one_form(one: str, other: str) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[1, 2]", "[2, 1]"),
        ("1", "true"),
        ("0", "false"),
        ("0", "null"),
        ("1", '"1"'),
        ("1.5", '"15e-1"'),
        ("1.5", '["15e-1"]'),
        ("9007199254740993.0", "9007199254740992.0"),
        ("0.1", "0.10000000000000001"),
        ("1e-400", "0"),
        ("1.5", "-1.5"),
        ('{"a": null}', "{}"),
        ('"Ba Tơ"', '"Ba Tô"'),
        ('"a"', '"A"'),
    ],
)
def test_two_meanings_have_two_forms(one: str, other: str) -> None:
    assert form(one) != form(other)


@pytest.mark.parametrize("text", ['{"ế": 1, "e\\u0302\\u0301": 2}', f"1e-{'9' * 5000}"])
def test_what_has_no_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"two members|integer"):
        form(text)


def test_a_number_of_many_digits_is_quick() -> None:
    digits = "0." + "1" * 100_000 + "0" * 100_000
    assert form(json.dumps([1]).replace("1", digits)) == form(f"[{digits.rstrip('0')}]")
