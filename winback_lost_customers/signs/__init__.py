from . import no_inquiry
from . import fruitless_inquiries
from . import volume_drop
from . import overdue_order
from . import unhappy
from . import open_conflict
from . import no_reaction
from . import key_people_gone
