from . import winback_exclude
