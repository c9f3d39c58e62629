from . import base_partner_merge
from . import winback_complaint_close
from . import winback_exclude
from . import winback_case_close
from . import winback_case_merge
from . import winback_case_reason
from . import winback_dismiss
