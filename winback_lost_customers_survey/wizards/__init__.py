from . import base_partner_merge
from . import winback_mailing_approval
from . import winback_poll_feedback
from . import winback_rules_notice
