"""``python -m workplace.watchdog``: see ``sharing.watch``."""

from workplace.sharing import watch

if __name__ == "__main__":
    watch()
