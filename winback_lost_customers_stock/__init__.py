from . import models
from . import facts
from . import signs
from . import demo
