"""Clock, identifiers, text, cursors, states and problems: the small things that everything else stands on."""

import ast
import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise, product
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_2

from app.core import problems, time
from app.core.ids import ALPHABET, case_code, new_id, path_key, read_case_code
from app.core.paging import Cursors
from app.core.paths import line, parent
from app.core.problems import CATALOGUE, Problem, ProblemType, Text, define
from app.core.states import StateMachine, Step
from app.core.text import fold, is_blank, normal, one_line, plain_cell, same_name, trimmed
from tests.sources import nodes


def _codes(year: int) -> Iterator[str]:
    """Codes of every pair of characters, sooner or later."""
    for body in ("".join(pair) for pair in product(ALPHABET, repeat=3)):
        whole = f"{body}77777{body[:2]}"
        check = mod_37_2.calc_check_digit(f"{year}{whole}")
        if check in ALPHABET:
            yield f"{year}-{whole[:5]}-{whole[5:]}-{check}"


LAMP = StateMachine(
    "lamp",
    "off",
    {"off": ("Đang tắt", "Off"), "on": ("Đang bật", "On"), "broken": ("Đã hỏng", "Broken")},
    (
        Step("press", ("off",), "on", "Bật", "Switch on"),
        Step("press", ("on",), "off", "Tắt", "Switch off"),
        Step("break", ("off", "on"), "broken", "Làm hỏng", "Break", needs_reason=True),
    ),
)


class TestClock:
    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            (datetime(2026, 9, 4, 16, 59, 59, tzinfo=UTC), date(2026, 9, 4)),
            (datetime(2026, 9, 4, 17, 0, tzinfo=UTC), date(2026, 9, 5)),
            (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
        ],
    )
    def test_the_day_changes_at_midnight_in_viet_nam(self, moment: datetime, day: date) -> None:
        assert time.local_date(moment) == day
        with time_machine.travel(moment, tick=False):
            assert time.today() == day
            assert time.utc_now() == moment
            assert time.utc_now().tzinfo is UTC


class TestIdentifiers:
    def test_ids_sort_by_creation(self) -> None:
        ids = [new_id() for _ in range(1000)]
        assert all(isinstance(each, UUID) and each.version == 7 for each in ids)
        assert all(one < other for one, other in pairwise(ids))

    def test_a_units_path_key_is_eight_plain_characters(self) -> None:
        keys = {path_key() for _ in range(1000)}
        assert len(keys) == 1000
        assert all(len(key) == 8 and key.isalnum() and key.isascii() and key == key.lower() for key in keys)

    def test_case_code_contains_its_year_and_no_similar_characters(self) -> None:
        code = case_code(2026)
        year, first, second, check = code.split("-")
        assert (year, len(first), len(second), len(check)) == ("2026", 5, 5, 1)
        assert set(first + second) <= set(ALPHABET)
        assert not set(ALPHABET) & set("01OIL")
        assert read_case_code(code) == code
        assert read_case_code(code.lower().replace("-", "")) == code

    def test_no_code_ends_in_a_character_that_its_alphabet_leaves_out(self) -> None:
        codes = [case_code(2026) for _ in range(2000)]
        assert {code[-1] for code in codes} <= set(ALPHABET)

    @pytest.mark.parametrize(
        "typed",
        [
            "2026-7k3m9-q2xbd-m",
            " 2026 7K3M9 Q2XBD M ",
            "20267K3M9Q2XBDM",
            "2026–7K3M9—Q2XBD−M",
            "２０２６－７Ｋ３Ｍ９－Ｑ２ＸＢＤ－Ｍ",
            "\u202d2026-7K3M9-Q2XBD-M\u202c\u00a0",
            "2O26-7K3M9-Q2XBD-M",
            "2026-7К3М9-Q2ХВD-М",
            "2026-7K3M9-Q2XBĐ-M",
            "2026.7K3M9.Q2XBD.M",
            "2026-1K3M9-Q2XBD-M",
            "2026-7K3M9-O2XBD-M",
        ],
    )
    def test_a_code_is_read_however_people_type_it(self, typed: str) -> None:
        assert read_case_code(typed) == "2026-7K3M9-Q2XBD-M"

    @pytest.mark.parametrize(
        ("typed", "meant"), [("Đ", "DD"), ("Â", "AA"), ("Ê", "EE"), ("Á", "AS"), ("Ậ", "AAJ"), ("Ă", "AW"), ("Ư", "W")]
    )
    def test_telex_that_was_on_is_read_as_its_keys(self, typed: str, meant: str) -> None:
        code = next(code for code in _codes(2026) if meant in code)
        assert read_case_code(code.replace(meant, typed)) == code

    def test_a_wrong_character_in_a_code_is_noticed(self) -> None:
        code = case_code(2026)
        for place, letter in enumerate(code):
            for other in ALPHABET:
                if letter not in {"-", other}:
                    assert not read_case_code(code[:place] + other + code[place + 1 :])

    def test_two_swapped_neighbours_in_a_code_are_noticed(self) -> None:
        body = case_code(2026).replace("-", "")
        for place, (one, other) in enumerate(pairwise(body)):
            swapped = body[:place] + other + one + body[place + 2 :]
            assert bool(read_case_code(swapped)) is (one == other)

    @pytest.mark.parametrize("text", ["", "-", "2026", "không phải mã", "2026-00000-00000-*", "²⁰²⁶"])
    def test_other_text_is_no_code(self, text: str) -> None:
        assert read_case_code(text) is None


class TestText:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("Đường  Số 3", "duong so 3"),
            ("  TRƯỜNG\tTHPT\n", "truong thpt"),
            ("ế e\u0302\u0301 ỡ ự", "e e o u"),
            ("ĐĐđđ", "dddd"),
            ("Straße", "strasse"),
            ("", ""),
        ],
    )
    def test_folded_text_compares_without_diacritics_case_and_extra_spaces(self, text: str, folded: str) -> None:
        assert fold(text) == folded

    @given(st.text())
    def test_folding_twice_changes_nothing_and_composition_does_not_matter(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)
        assert fold(normal(text)) == fold(text)

    def test_two_ways_to_type_a_letter_are_one(self) -> None:
        assert normal("e\u0302\u0301") == normal("ê\u0301") == "ế"

    @pytest.mark.parametrize(
        ("typed", "letter"),
        [
            ("\u00d0", "Đ"),
            ("\u0189", "Đ"),
            ("\u00f0", "đ"),
            ("\u0256", "đ"),
            ("D\u0335", "Đ"),
            ("d\u0336", "đ"),
            ("e\u0301\u0302", "ế"),
            ("é\u0302", "ế"),
            ("a\u0309\u0306", "ẳ"),
            ("O\u0301\u0302", "Ố"),
            ("a\u0302\u0323", "ậ"),
            ("u\u0301\u031b", "ứ"),
            ("e\u0341", "é"),
        ],
    )
    def test_what_looks_like_a_vietnamese_letter_is_that_letter(self, typed: str, letter: str) -> None:
        assert normal(typed) == letter
        assert fold(typed) == fold(letter)

    @given(st.text())
    def test_a_normal_form_stays(self, text: str) -> None:
        assert normal(normal(text)) == normal(text)
        assert trimmed(trimmed(text)) == trimmed(text)
        assert one_line(one_line(text)) == one_line(text)
        assert is_blank(text) == (trimmed(text) == "") == (one_line(text) == "")

    @pytest.mark.parametrize(
        ("one", "other"), [("Xã Ba Tơ", "Xã Ba Tô"), ("Đông", "Dong"), ("Hà", "Hạ"), ("Múa", "Mùa"), ("Hoàn", "Hoán")]
    )
    def test_names_that_differ_by_a_mark_are_two(self, one: str, other: str) -> None:
        assert same_name(one) != same_name(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Hòa Bình", "HOÀ  BÌNH"), ("Thủy", "Thuỷ"), ("Khỏe", "khoẻ"), ("Ðông", "Đông"), ("Tơ\u200b", "to\u031b")],
    )
    def test_spellings_of_one_name_are_one(self, one: str, other: str) -> None:
        assert same_name(one) == same_name(other)

    @pytest.mark.parametrize(
        "before", ["", " ", "\u200b", "\ufeff", "\u00a0", "\u2060 ", "\u3000", "\t", "\r\n", "\x00"]
    )
    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
    def test_no_cell_is_a_formula_whatever_hides_its_sign(self, before: str, sign: str) -> None:
        assert plain_cell(f"{before}{sign}HYPERLINK(A1)") == f"'{before}{sign}HYPERLINK(A1)"

    @pytest.mark.parametrize("text", ["", "Trường A = B", "111", "2026-7K3M9", " lời kể", "(+84)"])
    def test_any_other_cell_stays_as_it_is(self, text: str) -> None:
        assert plain_cell(text) == text


class TestCursors:
    KEY = b"k" * 32

    @given(st.uuids(), st.text(), st.none() | st.datetimes(timezones=st.just(UTC)))
    def test_a_cursor_reads_back_where_it_was_written_for(self, last: UUID, context: str, at: datetime | None) -> None:
        cursors = Cursors(self.KEY)
        assert cursors.read(cursors.write(last, context, at), context) == (last, at)

    def test_another_key_or_context_reads_nothing(self) -> None:
        cursor = Cursors(self.KEY).write(new_id(), "a")
        for cursors, context in ((Cursors(self.KEY), "b"), (Cursors(b"x" * 32), "a")):
            with pytest.raises(Problem, match="bad_cursor"):
                cursors.read(cursor, context)

    @given(st.text(max_size=80))
    def test_no_text_that_comes_by_is_a_cursor(self, text: str) -> None:
        with pytest.raises(Problem, match="bad_cursor"):
            Cursors(self.KEY).read(text, "a")


class TestStates:
    def test_a_step_leads_from_its_states_only(self) -> None:
        assert LAMP.step("off", "press").target == "on"
        assert LAMP.step("on", "press").target == "off"
        for state, action in (("broken", "press"), ("off", "shake"), ("khong-co", "press")):
            with pytest.raises(Problem, match="wrong_state"):
                LAMP.step(state, action)

    def test_step_requiring_a_reason_is_refused_without_one(self) -> None:
        assert LAMP.step("on", "break", "rơi").target == "broken"
        assert LAMP.step("on", "press").target == "off"
        with pytest.raises(Problem, match="invalid") as refused:
            LAMP.step("on", "break")
        assert [(each.pointer, each.code) for each in refused.value.faults] == [("/reason", "reason_required")]
        with pytest.raises(Problem, match="wrong_state"):
            LAMP.step("broken", "break")

    def test_a_refusal_names_the_state_and_the_open_steps(self) -> None:
        refused = LAMP.refusal("on", Text("Đang nóng", "It is hot"))
        assert refused.extra == {"state": "on", "open_steps": ["press", "break"]}
        assert refused.detail == Text(
            "Đang nóng. Đang ở trạng thái “Đang bật”; bước có thể làm: Bật, Tắt, Làm hỏng",
            "It is hot. It is “On”; open steps: Switch on, Switch off, Break",
        )
        assert LAMP.refusal("on", is_final=True).extra["open_steps"] == []

    def test_flow_lists_open_actions_and_draws_a_diagram(self) -> None:
        assert LAMP.actions == ("press", "break")
        assert LAMP.open_to("on") == ("press", "break")
        assert LAMP.open_to("broken") == ()
        assert LAMP.mermaid().splitlines() == [
            "stateDiagram-v2",
            "    [*] --> off",
            "    off --> on: press",
            "    on --> off: press",
            "    off --> broken: break",
            "    on --> broken: break",
        ]


class TestPaths:
    def test_a_parent_is_one_key_shorter_and_the_root_has_none(self) -> None:
        assert [parent("/a/b/c/"), parent("/a/b/"), parent("/a/")] == ["/a/b/", "/a/", "/"]

    def test_a_line_leads_from_the_root_to_the_path(self) -> None:
        assert line("/a/b/c/") == ["/a/", "/a/b/", "/a/b/c/"]
        assert (line("/a/"), line("/")) == (["/a/"], [])


def name_read_by(node: ast.AST) -> str | None:
    """What is read here, be it `STALE` or `problems.STALE`; its definition or import alone uses nothing."""
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Load) else None
    return node.attr if isinstance(node, ast.Attribute) else None


class TestProblems:
    def test_each_has_a_code_a_status_and_both_languages(self) -> None:
        for code, kind in CATALOGUE.items():
            assert kind.code == code
            assert 400 <= kind.status < 600
            assert kind.title.vi
            assert kind.title.en
            assert kind.title.in_("vi") != kind.title.in_("en")

    def test_each_is_used(self) -> None:
        """The catalogue is published: what it names, a caller prepares for."""
        importlib.import_module("app.main")
        modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
        defined = {name for module in modules for name, one in vars(module).items() if isinstance(one, ProblemType)}
        used = {name for node in nodes() if (name := name_read_by(node))}
        assert len(defined) == len(CATALOGUE)
        assert defined - used == set()

    def test_no_code_is_defined_twice(self) -> None:
        with pytest.raises(LookupError, match="stale"):
            define("stale", 409, "Trùng", "A second one")

    def test_one_that_is_raised_says_its_code_and_no_more(self) -> None:
        assert str(problems.STALE(Text("bí mật", "secret"), extra={"a": "secret"})) == "stale"

    def test_what_it_carries_is_its_own(self) -> None:
        one, other = problems.STALE(), problems.STALE()
        one.headers["ETag"] = '"1"'
        one.extra["error"] = "x"
        assert (other.headers, other.extra) == ({}, {})
