from . import tools
from . import controllers
from . import models
from . import facts
from . import signs
from . import wizards
from . import report
from . import demo
from .hooks import post_init_hook, uninstall_hook
