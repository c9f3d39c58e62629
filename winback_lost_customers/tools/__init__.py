from . import dates
from . import mbgcnbd
from . import scoring
