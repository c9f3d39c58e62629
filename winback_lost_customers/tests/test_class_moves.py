from odoo.tests import freeze_time, tagged

from .common_complaint import ComplaintCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestClassMoves(ComplaintCase):
    """Who moved from one value class to another, and in which direction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("gold", "silver", "copper")
        cls.classes = {n: cls.env.ref(f"winback_lost_customers.winback_value_class_{n}") for n in names}

    def _get_moves(self):
        return self.env["winback.transition"].search(
            [("company_id", "=", self.company.id), ("kind", "=", "class")], order="id"
        )

    def test_class_lost_with_the_margin_is_a_move_down(self):
        """A customer of the best class buys little in its last year, another one grows."""
        falls, grows = self._create_customer("Falls"), self._create_customer("Grows")
        self._create_orders(falls, [600, 570, 540], margin=900)
        self._create_orders(grows, [600, 570, 540], margin=100)
        self._run(today=self._day(530))
        self._create_orders(falls, [60, 30, 10], margin=50)
        self._create_orders(grows, [60, 30, 10], margin=900)
        self._run()
        moves = {move.partner_id: move for move in self._get_moves()}
        self.assertEqual({partner: move.class_move for partner, move in moves.items()}, {falls: "down", grows: "up"})
        self.assertEqual(moves[falls].from_class_id, self.classes["gold"])
        self.assertEqual(moves[falls].date, self.today)
        for direction, partner in (("down", falls), ("up", grows)):
            found = self._get_moves().search([("class_move", "=", direction), ("id", "in", self._get_moves().ids)])
            self.assertEqual(found, moves[partner])

    def test_moves_are_found_by_direction(self):
        pairs = (("gold", "silver", "down"), ("copper", "gold", "up"), ("silver", "copper", "down"))
        moves = self.env["winback.transition"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "date": self._day(10 * number),
                    "kind": "class",
                    "from_class_id": self.classes[before].id,
                    "to_class_id": self.classes[after].id,
                }
                for number, (before, after, _move) in enumerate(pairs)
            ]
        )
        self.assertEqual(moves.mapped("class_move"), [move for _before, _after, move in pairs])
        own = [("id", "in", moves.ids)]
        search = self.env["winback.transition"].search
        self.assertEqual(search([*own, ("class_move", "=", "up")]), moves[1])
        self.assertEqual(search([*own, ("class_move", "=", "down")]), moves[0] | moves[2])
        self.assertEqual(search([*own, ("class_move", "in", ["up", "down"])]), moves)
        self.assertEqual(search([*own, ("class_move", "!=", "down")]), moves[1])
        state = moves[0].copy({"kind": "state", "from_class_id": False, "to_class_id": False, "to_state": "lost"})
        self.assertFalse(state.class_move)
        self.assertEqual(search([("id", "=", state.id), ("class_move", "!=", "down")]), state)
        both = [("id", "in", (moves | state).ids)]
        self.assertEqual(search([*both, ("class_move", "=", False)]), state)
        self.assertEqual(search([*both, ("class_move", "!=", False)]), moves)
