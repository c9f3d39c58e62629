from . import purchases
from . import inquiries
from . import fruitless
from . import conflicts
from . import unhappy
from . import contacts
from . import touches
from . import assortment
