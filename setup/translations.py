"""``make i18n``: each add-on's i18n/ADDON.pot from its sources, and its translations brought in line.

New terms come into each LANG.po without a translation, terms that are gone leave it. ``--check`` writes nothing and
tells by its status whether everything is translated.
"""

import argparse
import io
import re
import sys

import polib

from workplace import (
    clear_errors,
    cluster,
    environment,
    own_addons,
    paths,
    process,
    say,
    template_database,
    temporary_database,
)

LANGUAGES = ("ru", "bg", "fi")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf%]|\{\{[^{}]*\.[^{}]*\}\}|\{\w*\}|</?[a-zA-Z][^>]*>")
WORDS_IN_TAGS = re.compile(r'\b(title|placeholder|alt|aria-label)="[^"]*"')
# what is the same in every language: names, codes, units and examples
SAME = re.compile(
    r"""(?x) [\W\d_]* (?: (?: ABC | XYZ | NPS | PDF | CSV | UTM | ROC | AUC | MBG | CNBD | Odoo | eWallet | ACME | ID
    | SMS | P | K | k | R | Alpha | alpha | [A-Z]\d* | mailto | SO\d* | e-mail | E-mail | online | n | example | com
    | info | Win | Back | Brier | complaints | https?://\S+ ) [\W\d_]* )*"""
)


def main():
    """Write, or check, the templates and translations of all add-ons."""
    parser = argparse.ArgumentParser("make i18n", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    with clear_errors(), process.interruptible():
        templates = export_templates()
        problems = find_problems(templates) if check else write(templates)
    for problem in problems:
        say(problem)
    return 1 if problems else 0


def export_templates():
    """Return {add-on: its .pot as a polib file}, of all add-ons as they are installed together."""
    addons = own_addons()
    with cluster(), temporary_database(template_database(addons), prefix="i18n") as name, environment(name) as env:
        return {addon: export_template(env, addon) for addon in addons}


def export_template(env, addon):
    """Return the terms of an add-on, as Odoo's own export finds them."""
    from odoo.tools.translate import trans_export

    with io.BytesIO() as stream:
        trans_export(None, [addon], stream, "po", env)
        template = polib.pofile(stream.getvalue().decode())
    for stamp in ("POT-Creation-Date", "PO-Revision-Date"):
        template.metadata.pop(stamp, None)  # else each export would differ
    return template


def write(templates):
    """Write templates and translations; return what is not translated yet."""
    for addon, template in templates.items():
        folder = paths.ROOT / addon / "i18n"
        folder.mkdir(exist_ok=True)
        template.save(folder / f"{addon}.pot")
        for language in LANGUAGES:
            translation = read(addon, language)
            translation.merge(template)
            for entry in translation.obsolete_entries():
                translation.remove(entry)
            translation.save(folder / f"{language}.po")
    return find_problems(templates)


def read(addon, language):
    """Return the translations of an add-on, empty ones where there are none."""
    file = paths.ROOT / addon / "i18n" / f"{language}.po"
    if file.is_file():
        return polib.pofile(str(file))
    translation = polib.POFile()
    translation.metadata = {
        "Project-Id-Version": "Odoo Server 19.0", "Language": language, "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit",
    }  # fmt: skip
    return translation


def find_problems(templates):
    """Return a line for each term that a template or a translation lacks or has wrong."""
    return [problem for addon, template in templates.items() for problem in find_addon_problems(addon, template)]


def find_addon_problems(addon, template):
    """Return the problems of one add-on."""
    wanted = {entry.msgid for entry in template}
    file = paths.ROOT / addon / "i18n" / f"{addon}.pot"
    have = {entry.msgid for entry in polib.pofile(str(file))} if file.is_file() else set()
    problems = [f"{file.name}: {'not' if term in wanted else 'no longer'} there: {term}" for term in wanted ^ have]
    for language in LANGUAGES:
        translation = {entry.msgid: entry for entry in read(addon, language) if not entry.obsolete}
        for term in sorted(wanted):
            problem = find_term_problem(term, translation.get(term))
            if problem:
                problems.append(f"{addon}/i18n/{language}.po: {problem}: {term}")
    return problems


def find_term_problem(term, entry):
    """Return what is wrong with the translation of one term, or None."""
    if entry is None or not entry.msgstr:
        return "not translated"
    if "fuzzy" in entry.flags:
        return "marked as uncertain"
    if find_placeholders(term) != find_placeholders(entry.msgstr):
        return "other placeholders or tags"
    if entry.msgstr == term and not is_key(term, entry) and not SAME.fullmatch(PLACEHOLDER.sub("", term)):
        return "left in English"
    return None


def find_placeholders(text):
    """Return what must be the same in a translation, sorted."""
    return sorted(PLACEHOLDER.findall(WORDS_IN_TAGS.sub("", text)))


def is_key(term, entry):
    """Tell whether this is the key of a selection, which Odoo's export takes for a term where its label is one."""
    places = [place for place, _line in entry.occurrences]
    return bool(re.fullmatch("[a-z_]+", term)) and all(re.fullmatch(r"code:.*\.py", place) for place in places)


if __name__ == "__main__":
    sys.exit(main())
