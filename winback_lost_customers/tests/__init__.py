from . import test_dates
from . import test_fruitless
from . import test_inquiries
from . import test_purchases
from . import test_sign_contract
from . import test_signs
