"""The guide's table of signs is the one that the signs themselves say."""

import sys

import workplace
from workplace import paths

sys.path.insert(0, str(paths.ROOT / "setup"))
import sign_table  # noqa: E402


def test_guide_has_the_present_table_of_signs():
    text = sign_table.GUIDE.read_text()
    assert sign_table.replace_table(text) == text, "run `make docs`"


def test_table_has_a_row_for_each_detector_and_record():
    table = sign_table.make_table()
    detectors, records = sign_table.read_detectors(), sign_table.read_records()
    assert {record["detector"] for record in records} == set(detectors)
    assert len(table.splitlines()) == len(records) + 4
    assert "winback_lost_customers" in workplace.own_addons()


def test_an_edited_table_is_noticed():
    text = sign_table.GUIDE.read_text()
    heading = f"{sign_table.BEGIN}\n| sign"
    for edited in (text.replace(heading, f"{heading} x"), text.replace(sign_table.END, f"x\n{sign_table.END}")):
        assert edited != text
        assert sign_table.replace_table(edited) == text


def test_codes_are_sorted_by_number():
    assert sorted(["B7", "S10", "S2", "S4a", "S4"], key=sign_table.sort_key) == ["S2", "S4", "S4a", "S10", "B7"]
