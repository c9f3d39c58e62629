from . import winback_demo
from . import winback_demo_trouble
