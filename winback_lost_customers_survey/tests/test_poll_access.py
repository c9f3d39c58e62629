from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollAccess(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def create_user(login, group):
            return new_test_user(
                cls.env, login, f"base.group_user,sales_team.{group}", company_id=cls.company.id,
                company_ids=cls.company.ids,
            )  # fmt: skip

        cls.own, cls.colleague = (create_user(f"access_{n}", "group_sale_salesman") for n in ("own", "colleague"))
        cls.leader = create_user("access_leader", "group_sale_salesman")
        cls.manager = create_user("access_manager", "group_sale_manager")
        team = cls.env["crm.team"].create(
            {"name": "Team", "user_id": cls.leader.id, "company_id": cls.company.id}
        )
        customer = cls._create_customer("Firm", email="firm@customer.test")
        cls._create_document(customer, user_id=cls.own.id, team_id=team.id)
        cls.poll = cls._start()
        cls.invitation = cls.poll.invitation_ids
        cls.answer = cls._answer(cls.invitation, nps="3", delivery="2")
        cls.records = [cls.answer, cls.invitation, cls.invitation.gift_ids, cls.answer.score_ids]

    def test_salesperson_leader_and_manager_see_what_is_theirs(self):
        for user, sees in ((self.own, True), (self.colleague, False), (self.leader, True), (self.manager, True)):
            for record in self.records:
                with self.subTest(user=user.login, model=record._name):
                    self.assertEqual(record.with_user(user).has_access("read"), sees)

    def test_nobody_writes_answers_gifts_and_invitations(self):
        for record in self.records:
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=record._name, operation=operation):
                    self.assertFalse(record.with_user(self.manager).has_access(operation))

    def test_other_companies_see_nothing(self):
        other = self._create_company("Other")
        manager = new_test_user(
            self.env, "access_other", "sales_team.group_sale_manager", company_id=other.id, company_ids=other.ids
        )
        for record in (*self.records, self.poll):
            with self.subTest(model=record._name):
                theirs = record.with_user(manager).with_context(allowed_company_ids=other.ids)
                self.assertFalse(theirs.has_access("read"))

    def test_salesperson_starts_no_poll_and_manager_without_survey_rights_does(self):
        self._create_document(self._create_customer("Late", email="late@x.test"), 40)
        poll = self._create_poll(month="2026-04-01", date_deadline="2026-06-20")
        with self.assertRaises(AccessError):
            poll.with_user(self.own).action_start()
        with self.assertRaises(AccessError):
            poll.with_user(self.own).action_preview()
        poll.with_user(self.manager).action_preview()
        poll.with_user(self.manager).action_start()
        self.assertEqual(poll.state, "running")

    def test_tokens_are_for_administrators(self):
        with self.assertRaises(AccessError):
            self.invitation.with_user(self.manager).read(["access_token"])
