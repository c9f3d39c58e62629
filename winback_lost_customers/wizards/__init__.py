from . import base_partner_merge
from . import winback_complaint_close
from . import winback_exclude
from . import winback_campaign_merge
from . import winback_campaign_preview
from . import winback_campaign_waive
from . import winback_calculator
from . import winback_cause_fixed
