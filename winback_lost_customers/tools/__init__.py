from . import backtest
from . import churn
from . import dates
from . import losses
from . import mbgcnbd
from . import scoring
from . import stack
from . import value
