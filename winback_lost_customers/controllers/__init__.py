from . import winback_complaint
