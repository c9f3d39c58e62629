from . import test_rating_marks
