from . import controllers
from . import facts
from . import models
from . import report
from . import signs
from . import wizards
from . import demo

from .hooks import uninstall_hook
