from odoo.addons.winback_lost_customers.tests.common_favourites import FavouritesCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPollFavourites(FavouritesCase):
    def test_every_favourite_opens(self):
        favourites = self._get_favourites("winback_lost_customers_survey")
        self.assertEqual(len(favourites), 1)
        self._check(favourites)
