from odoo.addons.winback_lost_customers.tests.test_refresh import RefreshCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestRatingMarks(RefreshCase):
    """Whatever the fact reads of a rating marks who gave it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_order(cls.customer, 100)
        cls.asked = cls._ask(cls.customer)
        cls._forget_marks()

    @classmethod
    def _ask(cls, partner, **values):
        """Ask for a rating of an order."""
        return cls.env["rating.rating"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("sale.order"),
                "res_id": cls.order.id,
                "partner_id": partner.id,
                **values,
            }
        )

    def test_new_rating_marks_its_customer(self):
        self._ask(self.customer, rating=1, consumed=True)
        self._assert_marked_everywhere(self.customer)

    def test_answered_and_changed_rating_marks_its_customer(self):
        for values in (
            {"rating": 1, "feedback": "Late again", "consumed": True},
            {"rating": 5},
            {"consumed": False},
        ):
            with self.subTest(values=values):
                self._forget_marks()
                self.asked.write(values)
                self._assert_marked_everywhere(self.customer)

    def test_rating_of_another_customer_marks_both(self):
        other = self._create_customer("Other")
        self._forget_marks()
        self.asked.partner_id = other
        self._assert_marked_everywhere(self.customer, other)

    def test_deleted_rating_marks_its_customer(self):
        self.asked.unlink()
        self._assert_marked_everywhere(self.customer)

    def test_rating_of_nobody_marks_nobody(self):
        self._ask(self.env["res.partner"], rating=1, consumed=True)
        self._assert_marked()
