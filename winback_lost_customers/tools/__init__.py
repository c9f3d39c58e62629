from . import dates
from . import scoring
