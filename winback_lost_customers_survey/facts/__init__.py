from . import polls
from . import unhappy
