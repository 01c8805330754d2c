"""The demonstration data and reference lists agree with each other, and what is invented says so."""

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import app
from app.core.text import normal

APP = Path(app.__file__).parent
DATA, REFERENCE = APP / "demo" / "data", APP / "reference"
FILES = sorted([*DATA.glob("*.csv"), *REFERENCE.glob("*.csv")])
DISTRICTS = {"829", "831", "832", "833", "834", "835", "836", "837", "838"}
STATES = {"received", "assessed", "intervening", "closed", "dismissed"}
ROLES = {
    "department_head",
    "department_officer",
    "inspector",
    "bureau_head",
    "bureau_officer",
    "school_head",
    "school_officer",
    "counsellor",
    "homeroom_teacher",
    "partner",
    "auditor",
    "system_administrator",
}
Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def members(cell: str) -> list[str]:
    return cell.split(";") if cell else []


UNITS = {row["key"]: row for row in read(DATA / "units.csv")}
USERS, INCIDENTS = read(DATA / "users.csv"), read(DATA / "incidents.csv")
CODES, HOTLINES = read(REFERENCE / "code_lists.csv"), read(REFERENCE / "hotlines.csv")
KINDS = {row["code"]: row for row in read(REFERENCE / "unit_kinds.csv")}
OLD_COMMUNES, NEW_COMMUNES = read(DATA / "communes_2024.csv"), read(DATA / "communes_2025.csv")
SCHOOLS = {key: row for key, row in UNITS.items() if row["kind"] == "school"}


def in_force(row: Row, day: date) -> bool:
    begun = date.fromisoformat(row["valid_from"]) <= day
    return begun and (not row["valid_to"] or day < date.fromisoformat(row["valid_to"]))


def codes(name: str, day: date) -> set[str]:
    return {row["code"] for row in CODES if row["list"] == name and in_force(row, day)}


def overlaps(rows: list[Row]) -> bool:
    """Whether two of the rows are in force on one day; `valid_to` is exclusive and open when empty."""
    periods = sorted((row["valid_from"], row["valid_to"] or "9999-12-31") for row in rows)
    ends = [end for _, end in periods]
    starts = [start for start, _ in periods]
    return any(start < end for end, start in zip(ends[:-1], starts[1:], strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_are_nfc_with_unix_line_ends_and_full_rows(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert normal(text) == text
    assert "\r" not in text
    assert text.endswith("\n")
    rows = read(path)
    assert rows
    assert [row for row in rows if None in row or None in row.values()] == []
    assert [cell for row in rows for cell in row.values() if cell != cell.strip()] == []


class TestUnits:
    def test_keys_codes_and_decisions_are_unique(self) -> None:
        assert len(UNITS) == len(read(DATA / "units.csv"))
        for column in ("code", "decision_number"):
            assert len({row[column] for row in UNITS.values()}) == len(UNITS)

    def test_every_unit_but_the_ministry_has_a_parent(self) -> None:
        assert [key for key, row in UNITS.items() if not row["parent_key"]] == ["moet"]
        assert {row["parent_key"] for row in UNITS.values()} - {""} <= UNITS.keys()

    def test_parents_stand_before_their_children(self) -> None:
        place = {key: number for number, key in enumerate(UNITS)}
        assert [k for k, row in UNITS.items() if row["parent_key"] and place[row["parent_key"]] > place[k]] == []

    def test_every_kind_was_in_force_when_the_unit_began(self) -> None:
        for row in UNITS.values():
            assert KINDS[row["kind"]]["valid_from"] <= row["valid_from"]

    def test_the_nine_bureaus_of_2024_stand_under_the_department(self) -> None:
        bureaus = [row for row in UNITS.values() if row["kind"] == "bureau"]
        assert {row["code"] for row in bureaus} == DISTRICTS
        assert len(bureaus) == 9
        assert {row["parent_key"] for row in bureaus} == {"so"}

    def test_there_are_schools_enough_everywhere(self) -> None:
        per_parent = Counter(row["parent_key"] for row in SCHOOLS.values())
        assert len(SCHOOLS) >= 64
        assert min(per_parent[f"phong.{code}"] for code in DISTRICTS) >= 5
        assert set(per_parent) == {"so", *(f"phong.{code}" for code in DISTRICTS)}

    def test_the_top_level_decides_who_manages_a_school(self) -> None:
        for row in SCHOOLS.values():
            direct = {"upper_secondary", "continuing"} & set(members(row["levels"]))
            assert (row["parent_key"] == "so") == bool(direct), row["key"]

    def test_levels_and_ownership_are_codes_and_all_of_them_occur(self) -> None:
        day = date(2023, 9, 5)
        assert {level for row in SCHOOLS.values() for level in members(row["levels"])} == codes("school_level", day)
        assert {row["ownership"] for row in SCHOOLS.values()} == codes("ownership", day)
        assert all(row["levels"] for row in SCHOOLS.values())

    def test_some_schools_are_remote(self) -> None:
        assert {row["remote"] for row in SCHOOLS.values()} == {"true", "false"}

    def test_invented_units_say_so_and_true_ones_do_not(self) -> None:
        for row in UNITS.values():
            marked = row["name_vi"].endswith(" (minh họa)") and row["name_en"].endswith(" (demo)")
            assert marked == (row["invented"] == "true"), row["key"]
            assert marked == (row["kind"] in {"school", "agency"}), row["key"]

    def test_decision_numbers_are_marked_as_invented(self) -> None:
        assert [r for r in UNITS.values() if not re.fullmatch(r"\d{3}/QĐ-MH", r["decision_number"])] == []


class TestCommunes:
    def test_148_communes_lie_in_the_nine_districts(self) -> None:
        per_district = Counter(row["district_code"] for row in OLD_COMMUNES)
        expected = dict(zip(sorted(DISTRICTS), (12, 16, 11, 16, 21, 19, 22, 18, 13), strict=True))
        assert per_district == expected
        assert per_district.total() == len({row["code"] for row in OLD_COMMUNES}) == 148

    def test_48_communes_succeed_them_and_reuse_their_codes(self) -> None:
        codes_2025 = {row["code"] for row in NEW_COMMUNES}
        assert len(codes_2025) == len(NEW_COMMUNES) == 48
        assert codes_2025 <= {row["code"] for row in OLD_COMMUNES}
        assert {row["province_code"] for row in NEW_COMMUNES} == {"86"}

    def test_five_new_communes_cross_an_old_district_line(self) -> None:
        crossing = {r["code"]: r["old_district_codes"] for r in NEW_COMMUNES if ";" in r["old_district_codes"]}
        assert crossing == {
            "28777": "829;834",
            "28783": "829;831",
            "28789": "829;838",
            "28858": "829;831",
            "28901": "832;838",
        }
        assert {code for row in NEW_COMMUNES for code in members(row["old_district_codes"])} == DISTRICTS

    def test_kinds_follow_the_names(self) -> None:
        prefix = {"ward": "Phường ", "township": "Thị trấn ", "rural_commune": "Xã "}
        assert all(row["name"].startswith(prefix[row["kind"]]) for row in [*OLD_COMMUNES, *NEW_COMMUNES])
        assert Counter(row["kind"] for row in NEW_COMMUNES) == {"rural_commune": 43, "ward": 5}


class TestUsers:
    def test_usernames_are_unique_plain_ascii(self) -> None:
        names = [row["username"] for row in USERS]
        assert len(set(names)) == len(names)
        assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(\.[a-z0-9]+)+", name)] == []

    def test_every_role_has_a_user_and_every_user_a_unit(self) -> None:
        assert {row["role"] for row in USERS} == ROLES
        assert {row["unit_key"] for row in USERS} <= UNITS.keys()

    def test_roles_sit_in_units_of_their_kind(self) -> None:
        kind_of_role = {
            "bureau_head": "bureau",
            "bureau_officer": "bureau",
            "school_head": "school",
            "school_officer": "school",
            "counsellor": "school",
            "homeroom_teacher": "school",
            "partner": "agency",
        }
        for row in USERS:
            assert UNITS[row["unit_key"]]["kind"] == kind_of_role.get(row["role"], "department"), row["username"]

    @pytest.mark.parametrize(
        ("role", "kind"),
        [("bureau_head", "bureau"), ("bureau_officer", "bureau"), ("school_head", "school"), ("partner", "agency")],
    )
    def test_every_unit_of_a_kind_has_one_such_user(self, role: str, kind: str) -> None:
        holders = Counter(row["unit_key"] for row in USERS if row["role"] == role)
        assert holders == {key: 1 for key, row in UNITS.items() if row["kind"] == kind}

    def test_some_schools_in_several_bureaus_and_a_high_school_are_fully_staffed(self) -> None:
        roles: dict[str, set[str]] = {}
        for row in USERS:
            roles.setdefault(row["unit_key"], set()).add(row["role"])
        required = {"school_head", "school_officer", "counsellor", "homeroom_teacher"}
        full = [SCHOOLS[key] for key in SCHOOLS if required <= roles[key]]
        assert len(full) >= 6
        assert len({row["parent_key"] for row in full} - {"so"}) >= 3
        assert any(row["parent_key"] == "so" and row["levels"] == "upper_secondary" for row in full)

    def test_names_are_unmistakably_invented(self) -> None:
        assert [row for row in USERS if not re.fullmatch(r"\S+ Minh Họa \d{3}", row["full_name"])] == []


class TestIncidents:
    def test_there_are_forty_spread_over_all_bureaus_and_the_department(self) -> None:
        assert len(INCIDENTS) == len({row["key"] for row in INCIDENTS}) >= 40
        parents = {SCHOOLS[row["unit_key"]]["parent_key"] for row in INCIDENTS}
        assert parents == {"so", *(f"phong.{code}" for code in DISTRICTS)}

    def test_every_code_was_in_force_on_the_day(self) -> None:
        for row in INCIDENTS:
            day = date.fromisoformat(row["occurred_on"])
            assert date(2023, 9, 1) <= day <= date(2024, 5, 31), row["key"]
            assert row["group"] in codes("incident_group", day), row["key"]
            assert set(members(row["forms"])) <= codes("incident_form", day), row["key"]
            assert row["forms"], row["key"]
            assert row["severity"] in codes("severity", day), row["key"]
            assert row["location"] in codes("location", day), row["key"]
            assert row["source_channel"] in codes("source_channel", day), row["key"]

    def test_people_are_codes_and_an_age_and_never_a_name(self) -> None:
        for row in INCIDENTS:
            day = date.fromisoformat(row["occurred_on"])
            assert row["people"], row["key"]
            for person in members(row["people"]):
                role, kind, sex, age = person.split("/")
                assert role in codes("person_role", day), row["key"]
                assert kind in codes("person_kind", day), row["key"]
                assert sex in codes("sex", day), row["key"]
                assert not age or 0 < int(age) < 120, row["key"]

    def test_every_group_severity_and_state_occurs_but_other(self) -> None:
        day = date(2024, 5, 31)
        assert {row["group"] for row in INCIDENTS} == codes("incident_group", day) - {"other"}
        assert {row["severity"] for row in INCIDENTS} == codes("severity", day)
        assert {row["state"] for row in INCIDENTS} == STATES

    def test_every_account_says_it_is_invented(self) -> None:
        assert [row["key"] for row in INCIDENTS if not row["narrative_vi"].startswith("[Minh họa] ")] == []


class TestCodeLists:
    def test_rows_are_labelled_sourced_and_fit_their_columns(self) -> None:
        for row in CODES:
            assert re.fullmatch(r"[a-z0-9][a-z0-9_]{0,59}", row["code"]), row
            assert row["label_vi"], row
            assert row["label_en"], row
            assert 0 < len(row["source"]) <= 200, row
            assert date.fromisoformat(row["valid_from"]) < date.fromisoformat(row["valid_to"] or "9999-12-31"), row

    def test_one_code_means_one_thing_on_one_day(self) -> None:
        by_code: dict[tuple[str, str], list[Row]] = {}
        for row in CODES:
            by_code.setdefault((row["list"], row["code"]), []).append(row)
        assert [key for key, rows in by_code.items() if overlaps(rows)] == []

    def test_discipline_changed_wholly_on_31_october_2025(self) -> None:
        before, after = codes("discipline_measure", date(2025, 10, 30)), codes("discipline_measure", date(2025, 10, 31))
        assert {"expulsion_week", "expulsion_year", "temporary_suspension"} <= before
        assert after == {"reminder", "apology", "criticism", "self_criticism"}
        assert before & after == set()

    def test_severity_is_the_products_own_scale(self) -> None:
        rows = [row for row in CODES if row["list"] == "severity"]
        assert [row["code"] for row in rows] == ["low", "moderate", "high", "critical"]
        assert {row["source"] for row in rows} == {"product's own scale; no official scale found"}


class TestHotlines:
    def test_only_one_row_of_a_hotline_is_in_force(self) -> None:
        by_code: dict[str, list[Row]] = {}
        for row in HOTLINES:
            by_code.setdefault(row["code"], []).append(row)
        assert [code for code, rows in by_code.items() if overlaps(rows)] == []

    def test_111_has_its_operator_of_the_day(self) -> None:
        def operator(day: date) -> list[str]:
            return [row["operator_vi"] for row in HOTLINES if row["number"] == "111" and in_force(row, day)]

        assert operator(date(2024, 9, 5)) == ["Cục Trẻ em, Bộ Lao động – Thương binh và Xã hội"]
        assert operator(date(2025, 9, 5)) == ["Cục Bà mẹ và Trẻ em, Bộ Y tế"]
        assert operator(date(2026, 9, 5)) == ["Cục Bà mẹ và Trẻ em, Bộ Y tế"]

    def test_nobody_is_named_as_the_operator_of_18008077(self) -> None:
        rows = [row for row in HOTLINES if row["number"] == "18008077"]
        assert [(row["operator_vi"], row["round_the_clock"]) for row in rows] == [("", "")]

    def test_tags_and_channels_are_codes_and_flags_may_be_unknown(self) -> None:
        for row in HOTLINES:
            day = date.fromisoformat(row["valid_from"])
            assert set(members(row["purpose_tags"])) <= codes("hotline_purpose", day), row
            assert set(members(row["channels"])) <= codes("referral_channel", day), row
            assert {row["free"], row["round_the_clock"]} <= {"true", "false", ""}, row
            assert row["number"].isdigit(), row
