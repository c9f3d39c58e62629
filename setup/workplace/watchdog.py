"""``python -m workplace.watchdog``: see ``cluster.watch``."""

from workplace import cluster

if __name__ == "__main__":
    cluster.watch()
