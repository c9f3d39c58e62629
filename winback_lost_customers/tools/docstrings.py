"""What the docstring of a sign says, in parts; the one home of these texts.

Read by the add-on, and by `setup/sign_table.py`, which knows no Odoo.
"""

import inspect
import re

# field of winback.sign: heading in the docstring
HEADINGS = {
    "description": "What it sees:",
    "reason": "Why it matters:",
    "caveat": "When it is wrong:",
}


def get_sections(docstring):
    """Return {field: text in one line} of a sign's docstring; {} when it has no such
    parts. A text begins with a capital letter and ends where the next part begins."""
    text = inspect.cleandoc(docstring or "")
    pattern = r"\s*(.*?)\s*".join(re.escape(heading) for heading in HEADINGS.values())
    match = re.search(pattern + r"\s*(.*?)\s*(?:\n\n|$)", text, re.DOTALL)
    if not match:
        return {}
    texts = [" ".join(part.split()) for part in match.groups()]
    return {
        field: part[:1].upper() + part[1:] for field, part in zip(HEADINGS, texts, strict=True)
    }
