from . import winback_nps_report
from . import winback_loyalty_report
