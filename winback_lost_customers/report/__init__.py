from . import winback_case_report
from . import winback_contact_report
from . import winback_completeness_report
from . import winback_offer_report
from . import winback_dynamics_report
from . import winback_retention_report
from . import winback_lifetime_report
from . import winback_quarter_report
