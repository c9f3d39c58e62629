from . import winback_demo
