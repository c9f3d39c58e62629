from . import low_nps
from . import unhappy
