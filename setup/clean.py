"""``make clean``: stop the database, remove its cluster and the state folder."""

import shutil

from workplace import clear_errors, paths, say
from workplace.sharing import clean

if __name__ == "__main__":
    with clear_errors():
        if paths.STATE.is_dir():
            clean()
            shutil.rmtree(paths.STATE)
    say("Nothing is left of the workplace's state.")
