"""Every term that a user sees is translated into each language of the add-ons."""

import sys
from types import SimpleNamespace

import pytest

from workplace import paths

sys.path.insert(0, str(paths.ROOT / "setup"))
import translations  # noqa: E402


def test_every_term_is_translated():
    templates = translations.export_templates()
    assert all(len(template) > 1 for template in templates.values())
    problems = translations.find_problems(templates)
    assert not problems, "run `make i18n` and translate:\n" + "\n".join(problems[:40])


@pytest.mark.parametrize(
    ("term", "text", "problem"),
    [
        ("Lost since %(day)s", "", "not translated"),
        ("Lost since %(day)s", "Lost since %(day)s", "left in English"),
        ("Lost since %(day)s", "Потерян с", "other placeholders or tags"),
        ("Lost since %(day)s", "Потерян с %(day)s", None),
        ("<b>Lost</b>", "<b>Потерян", "other placeholders or tags"),
        ('<i title="Lost"/>', '<i title="Потерян"/>', None),
        ("lost", "lost", "left in English"),
        ("NPS", "NPS", None),
        ("S4", "S4", None),
    ],
)
def test_term_with_a_problem_is_found(term, text, problem):
    entry = SimpleNamespace(msgid=term, msgstr=text, flags=[], occurrences=[("model:x", "")])
    assert translations.find_term_problem(term, entry) == problem


def test_keys_of_selections_are_no_terms():
    entry = SimpleNamespace(msgid="held_out", msgstr="held_out", flags=[], occurrences=[("code:addons/x.py", "0")])
    assert translations.find_term_problem("held_out", entry) is None
    entry.occurrences = [("code:addons/x.xml", "0")]
    assert translations.find_term_problem("held_out", entry) == "left in English"


def test_missing_and_uncertain_terms_are_found():
    assert translations.find_term_problem("Lost", None) == "not translated"
    uncertain = SimpleNamespace(msgid="Lost", msgstr="Потерян", flags=["fuzzy"])
    assert translations.find_term_problem("Lost", uncertain) == "marked as uncertain"
