"""Purchase histories in a database: read from a file or made up, loaded by set-based SQL.

Shared by ``setup/real.py`` and ``setup/bench.py``; see the modules:

- ``reading``: a CSV file -> orders, and what was wrong with its other rows;
- ``loading``: orders -> customers and confirmed or cancelled sale orders (``load``);
- ``synthetic``: a made-up company of any size, the same each time;
- ``patterns``: rows that Odoo itself has filled, copied by SQL with other values;
- ``clock``: the day that counts as today, for the product's own code;
- ``progress``: a bar on a terminal, plain lines elsewhere.
"""

from .clock import living_on
from .loading import load
from .progress import Bar
from .reading import Order, Reading, UnusableFile, read

__all__ = ["Bar", "Order", "Reading", "UnusableFile", "living_on", "load", "read"]
