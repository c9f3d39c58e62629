"""Words of customers that others may read, without Odoo."""

import re

EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
PHONE = re.compile(r"\+?\d[\d\s()./-]{5,}\d")
URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
HIDDEN = "…"
MIN_NAME = 3  # shorter parts of names are words, too


def anonymize(text, names):
    """Return `text` without addresses, numbers and any word of `names`.

    Nobody else may learn who wrote it; a person still reads it before it is sent.
    """
    for pattern in (URL, EMAIL, PHONE):
        text = pattern.sub(HIDDEN, text)
    words = {word for name in names for word in re.findall(r"\w+", name or "") if len(word) >= MIN_NAME}
    if not words:
        return text
    alternatives = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.sub(rf"\b({alternatives})\b", HIDDEN, text, flags=re.IGNORECASE)
