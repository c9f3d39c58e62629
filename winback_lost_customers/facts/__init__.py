from . import purchases
from . import inquiries
from . import fruitless
from . import conflicts
from . import unhappy
