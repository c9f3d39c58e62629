"""Read Odoo's log: every ERROR and every WARNING counts, but for a short list with reasons."""

import configparser
import re

from . import paths

ALLOW_LIST = paths.ROOT / "checklog-odoo.cfg"
QUIET_LEVELS = {"DEBUG", "INFO"}


def unexpected_records(log):
    """Return the records of a log file that should not be there."""
    from checklog_odoo.checklog import ANSI_CSI_RE, LOG_START_RE  # noqa: PLC0415  development only

    if not log.is_file():
        return []
    records = []
    for line in log.read_text(errors="replace").splitlines():
        line = ANSI_CSI_RE.sub("", line)
        start = LOG_START_RE.match(line)
        if start:
            records.append((start["loglevel"], [line]))
        elif records:
            records[-1][1].append(line)
    allowed = _allowed_patterns()
    loud = ["\n".join(lines) for level, lines in records if level not in QUIET_LEVELS]
    return [record for record in loud if not any(pattern.search(record) for pattern in allowed)]


def _allowed_patterns():
    """Return the expressions of the allow list, as checklog-odoo reads them."""
    parser = configparser.RawConfigParser()
    parser.read(ALLOW_LIST)
    lines = parser.get("checklog-odoo", "ignore", fallback="").splitlines()
    return [re.compile(line.strip(), re.MULTILINE) for line in lines if line.strip()]
