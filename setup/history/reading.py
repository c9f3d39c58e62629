"""A purchase history from a CSV file: the usable rows, and what is wrong with the others."""

import csv
import gzip
import io
import zlib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

REQUIRED = ("customer_id", "date")
OPTIONAL = ("amount", "invoice_id", "cancelled")
HIGHEST_AMOUNT = Decimal(10) ** 12
MARKS = {"": False, "0": False, "false": False, "no": False, "1": True, "true": True, "yes": True}
LONGEST_TEXT = 200  # of an id; Odoo's indexes take no more than 2,700 bytes
EXAMPLES = 5  # bad rows that are shown
GZIP_MAGIC = b"\x1f\x8b"


class UnusableFile(Exception):
    """There is no purchase history in this file; the message says why."""


class BadRow(Exception):
    """One row cannot be used; the message says why, the same words for the same kind."""


@dataclass(frozen=True)
class Order:
    """One row of the file. ``amount`` is None where the file does not tell it."""

    customer: str
    day: date
    amount: Decimal | None
    invoice: str
    cancelled: bool


@dataclass
class Reading:
    """What a file holds: usable orders, everybody named in it, and the bad rows."""

    orders: list = field(default_factory=list)
    customers: dict = field(default_factory=dict)  # as an ordered set: also those with bad rows only
    bad: Counter = field(default_factory=Counter)  # rows by what is wrong
    examples: list = field(default_factory=list)  # (line number, what is wrong, the row) of the first ones
    unknown_amounts: int = 0

    @property
    def rows(self):
        return len(self.orders) + self.bad.total()


def read(path, bar=None):
    """Read a purchase history; ``bar``, if given, is told how many bytes of the file are done."""
    reading = Reading()
    try:
        with open(path, "rb") as raw:
            for line, row in _rows(raw):
                _take(reading, line, row)
                if bar and line % 1000 == 0:
                    bar.reach(raw.tell())
    except FileNotFoundError:
        raise UnusableFile(f"there is no file {path}") from None
    except (OSError, EOFError, zlib.error) as error:  # not readable, or a damaged .gz
        raise UnusableFile(f"cannot read {path}: {error}") from None
    except csv.Error as error:
        raise UnusableFile(f"{path} is not a CSV file: {error}") from None
    return reading


def _rows(raw):
    """Yield (line number, {column: text}) of an open CSV file, gzipped or not."""
    packed = raw.peek(2)[:2] == GZIP_MAGIC
    with io.TextIOWrapper(
        gzip.GzipFile(fileobj=raw) if packed else raw, encoding="utf-8-sig", errors="replace", newline=""
    ) as text:
        header = text.readline()
        delimiter = ";" if header.count(";") > header.count(",") else ","
        columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
        _check_columns(columns)
        reader = csv.reader(text, delimiter=delimiter)
        for cells in reader:
            if cells:  # an empty line is no row
                row = dict(zip(columns, map(str.strip, cells), strict=False))
                yield reader.line_num + 1, _with_point(row) if delimiter == ";" else row


def _check_columns(columns):
    """Refuse a file that lacks a column without which nothing can be said."""
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        found = ", ".join(name for name in columns if name) or "none"
        raise UnusableFile(f"the file has no column {' and no column '.join(missing)}; its columns: {found}")


def _with_point(row):
    """Where semicolons separate the columns, a comma separates the decimals."""
    return {**row, "amount": row.get("amount", "").replace(",", ".")}


def _take(reading, line, row):
    """Add a row to the reading, as an order or as a bad row."""
    try:
        order = _parse(row, reading)
    except BadRow as error:
        reading.bad[str(error)] += 1
        if len(reading.examples) < EXAMPLES:
            reading.examples.append((line, str(error), ",".join(row.values())))
    else:
        reading.orders.append(order)
        reading.unknown_amounts += order.amount is None and not order.cancelled


def _parse(row, reading):
    """Return the order that a row stands for; raise BadRow."""
    customer = _text(row, "customer_id")
    if not customer:
        raise BadRow("missing customer")
    if len(customer) > LONGEST_TEXT:
        raise BadRow(f"customer id of more than {LONGEST_TEXT} characters")
    reading.customers.setdefault(customer)
    return Order(
        customer,
        _day(row.get("date", "")),
        _amount(row.get("amount", "")),
        _text(row, "invoice_id")[:LONGEST_TEXT],
        _mark(row),
    )


def _text(row, column):
    """Return a text without the character that PostgreSQL cannot store."""
    return row.get(column, "").replace("\0", "")


def _day(text):
    """Return the date; a time behind it is ignored."""
    with suppress(ValueError):
        return datetime.fromisoformat(text).date()
    raise BadRow("bad date")


def _amount(text):
    """Return the amount, None for an empty one."""
    if not text:
        return None
    try:
        amount = Decimal(text)
        readable = amount.is_finite() and amount <= HIGHEST_AMOUNT
    except InvalidOperation:
        readable = False
    if not readable:
        raise BadRow("unreadable amount")
    if amount < 0:
        raise BadRow("negative amount")
    return amount


def _mark(row):
    """Return whether the order was cancelled."""
    try:
        return MARKS[row.get("cancelled", "").lower()]
    except KeyError:
        raise BadRow("unreadable mark of cancellation") from None
