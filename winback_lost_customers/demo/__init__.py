from . import winback_demo
from . import winback_demo_trouble
from . import winback_demo_cases
from . import winback_demo_campaigns
from . import winback_demo_offers
from . import winback_demo_marketing
