"""Where things lie. Nothing is ever written outside STATE, but for a cluster that cannot live there."""

from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent
ROOT = SETUP.parent
STATE = ROOT / ".state"

DEBIAN = STATE / "debian"  # unpacked Debian packages, a private "/"
APT = STATE / "apt"  # apt's own state, so that the machine's is not touched
VENV = STATE / "venv"
DATA = STATE / "data"  # Odoo's file store and sessions
LOGS = STATE / "logs"
LOCKS = STATE / "locks"
CONFIGURATION = STATE / "odoo.conf"
INSTALLATION = STATE / "installation.json"
CLUSTER_PLACE = STATE / "cluster-place"  # remembers where the cluster lives
