from . import winback_case_report
from . import winback_contact_report
from . import winback_completeness_report
from . import winback_offer_report
from . import winback_quarter_report
