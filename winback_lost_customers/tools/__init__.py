from . import backtest
from . import dates
from . import mbgcnbd
from . import scoring
from . import stack
from . import value
