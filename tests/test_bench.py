"""``make bench``: it runs, its data are the same each time, and the product's figures are right."""

import subprocess
import sys

import workplace
from history import synthetic
from workplace import paths


def test_bench_prints_ratios_and_finds_no_differing_figure():
    script = paths.SETUP / "bench.py"
    result = subprocess.run([sys.executable, str(script), "--customers", "200"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    wanted = ("first run: times", "same day again: times", "next day: times", "at risk, salesperson", "overview, year")
    for words in wanted:
        assert words in result.stdout
    assert "differ from the bare aggregate's: 0" in result.stdout


def test_data_are_the_same_each_time(installed_template):
    assert get_fingerprint(installed_template) == get_fingerprint(installed_template)


def get_fingerprint(template):
    """Return what identifies the orders of a small synthetic company."""
    import bench  # noqa: PLC0415  a script beside the workplace

    with workplace.temporary_database(template) as name, workplace.environment(name) as env:
        synthetic.fill(env, env.company, bench.TODAY, 50)
        env.cr.execute(
            """SELECT md5(string_agg(concat_ws(',', state, date_order, amount_untaxed, margin), ';' ORDER BY name))
                 FROM sale_order"""
        )
        return env.cr.fetchone()
