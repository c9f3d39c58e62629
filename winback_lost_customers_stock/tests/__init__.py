from . import test_deliveries
from . import test_demo_data
from . import test_delivery_marks
