"""``make docs``: the guide's table of signs, from the docstrings of the signs and the delivered records.

``--check`` writes nothing and tells by its status whether the guide is up to date.
"""

import ast
import importlib.util
import re
import sys

from lxml import etree

from workplace import own_addons, paths, say

GUIDE = paths.ROOT / "docs" / "guide.md"
BEGIN = "<!-- signs: made by `make docs` from the signs themselves; do not edit -->"
END = "<!-- end of signs -->"
UNITS = {"days": "{} days", "percent": "{} %", "count": "{}", "steps": "{}", "below": "below {}"}


def load_parser():
    """Return `get_sections` of the add-on, which needs no Odoo."""
    file = paths.ROOT / "winback_lost_customers" / "tools" / "docstrings.py"
    spec = importlib.util.spec_from_file_location("docstrings", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_sections


def read_detectors():
    """Return {model name: (what it sees, unit of the threshold)} of all add-ons."""
    get_sections, detectors = load_parser(), {}
    for file in [file for addon in own_addons() for file in sorted((paths.ROOT / addon / "signs").glob("*.py"))]:
        for node in ast.parse(file.read_text()).body:
            sections = get_sections(ast.get_docstring(node)) if isinstance(node, ast.ClassDef) else {}
            if sections:
                values = read_constants(node)
                detectors[values["_name"]] = (sections["description"], values.get("_threshold_unit", "days"))
    return detectors


def read_constants(node):
    """Return {name: value} of the constants that a class assigns."""
    return {
        statement.targets[0].id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
    }


def read_records():
    """Return the delivered signs, each as {field: text}, in the order of their codes."""
    records = []
    for file in [file for addon in own_addons() for file in sorted((paths.ROOT / addon / "data").glob("*.xml"))]:
        for record in etree.parse(file).iterfind(".//record[@model='winback.sign']"):
            fields = {field.get("name"): field.text or field.get("eval") for field in record.iterfind("field")}
            if "code" in fields:
                records.append(fields)
    return sorted(records, key=lambda fields: sort_key(fields["code"]))


def sort_key(code):
    """Return what sorts S2 before S10, and the signs of the requirements before those beyond."""
    letters, number, rest = re.match(r"(\D*)(\d*)(.*)", code).groups()
    return (letters != "S", letters, int(number or 0), rest)


def make_table():
    """Return the table of signs, between its marks."""
    detectors = read_detectors()
    rows = ["| sign | what it sees | default | points |", "|---|---|---|---|"]
    for fields in read_records():
        sees, unit = detectors[fields["detector"]]
        threshold = UNITS[unit].format(fields["threshold"])
        if fields.get("threshold_days"):
            threshold += f", {fields['threshold_days']} days"
        points = fields["weight"] + (" (critical)" if fields.get("severity") == "critical" else "")
        rows.append(f"| {fields['code']} {fields['name']} | {sees} | {threshold} | {points} |")
    return "\n".join([BEGIN, *rows, END])


def replace_table(text):
    """Return the guide's `text` with the present table of signs."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    if not re.search(pattern, text, re.DOTALL):
        raise SystemExit(f"{GUIDE.name} lacks the marks {BEGIN} and {END}")
    return re.sub(pattern, lambda _match: make_table(), text, count=1, flags=re.DOTALL)


def main():
    """Write the guide, or check it."""
    old = GUIDE.read_text()
    new = replace_table(old)
    if "--check" in sys.argv[1:]:
        say("The table of signs is up to date." if old == new else "The table of signs is old: run `make docs`.")
        return int(old != new)
    GUIDE.write_text(new)
    say("The table of signs is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
