"""What customers read is translated, whole, and with the same figures in it."""

import re

import polib
import pytest

from workplace import own_addons, paths

LANGUAGES = ("bg", "fi", "ru")
SURVEY = "winback_lost_customers_survey"
# what stands in front of customers, by the place it comes from
CUSTOMERS = re.compile(
    r"model(_terms)?:survey\.(survey|question|question\.answer),|mail\.template,(subject|body_html):"
    r"|ui\.view,arch_db:\w+\.(gift_text|opt_out|survey_fill_form_done|feedback_mail|rules_mail)$"
    r"|models/survey_question\.py"
)
VALUES = re.compile(r"%\(\w+\)s|%s|\{\{.*?\}\}|t-\w+=\"[^\"]*\"|href=\"[^\"]*\"")
FILES = [file for addon in own_addons() for file in sorted((paths.ROOT / addon / "i18n").glob("*.po"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_translations_hold_the_values_of_the_text(file):
    entries = polib.pofile(file)
    assert entries
    for entry in entries:
        assert entry.msgstr and not entry.fuzzy, entry.msgid
        assert sorted(VALUES.findall(entry.msgid)) == sorted(VALUES.findall(entry.msgstr)), entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_customers_of_polls_read_is_translated(language):
    folder = paths.ROOT / SURVEY / "i18n"
    done = {entry.msgid for entry in polib.pofile(folder / f"{language}.po")}
    texts = polib.pofile(folder / f"{SURVEY}.pot")
    wanted = {e.msgid for e in texts if any(CUSTOMERS.search(place) for place, _line in e.occurrences)}
    assert len(wanted) > 60
    assert not wanted - done
