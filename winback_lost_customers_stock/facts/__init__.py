from . import unhappy
