"""The day that counts as today."""

from contextlib import contextmanager
from unittest.mock import patch


@contextmanager
def living_on(env, day):
    """Let every company of this database live on ``day`` while the block runs.

    A run then takes ``day`` for the present: documents of later days are invisible, as in any run, and
    explanations count their days from it. Only the product's one way to ask for today is replaced; time itself
    goes on, so that steps can be timed.
    """
    with patch.object(env.registry["res.company"], "_winback_today", lambda self: day):
        yield
