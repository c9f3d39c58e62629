from odoo.tests import tagged

from .common_favourites import FavouritesCase


@tagged("post_install", "-at_install")
class TestFavourites(FavouritesCase):
    def test_every_favourite_opens(self):
        favourites = self._get_favourites("winback_lost_customers")
        self.assertEqual(len(favourites), 19)
        self._check(favourites)

    def test_every_favourite_is_a_question(self):
        for favourite in self._get_favourites("winback_lost_customers"):
            self.assertTrue(favourite.name.endswith("?"), favourite.name)
