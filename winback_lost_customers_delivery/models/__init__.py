from . import winback_offer
from . import winback_benefits
