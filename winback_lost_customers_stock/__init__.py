from . import facts
from . import signs
