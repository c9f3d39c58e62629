"""Sentences of the demo: what customers ask for, what they complain about, what salespeople note down."""

# Month: occasions that corporate gifts are bought for
OCCASIONS = {
    1: ["New Year kick-off gifts", "Wall calendars, reprint"],
    2: ["Trade fair give-aways", "Sales meeting gifts"],
    3: ["Spring trade fair give-aways", "Women's Day gifts", "Conference bags"],
    4: ["Easter gifts", "Welcome packs for new employees"],
    5: ["Company anniversary gifts", "Customer day give-aways"],
    6: ["Summer party gifts", "Mid-year thank-you gifts", "Graduation gifts"],
    7: ["Sports day T-shirts", "Holiday gifts for partners"],
    8: ["Back-to-office welcome packs", "Drinkware for the new office"],
    9: ["Autumn trade fair give-aways", "Training notebooks"],
    10: ["Early Christmas order", "Calendars for the coming year"],
    11: ["Christmas gifts for customers", "Christmas hampers for employees", "Year-end gifts"],
    12: ["Christmas gifts, second batch", "New Year gifts for partners", "Year-end gifts"],
}

INQUIRIES = [
    "Could you send us a price for {what}? We need everything within three weeks.",
    "Do you have enough stock for {what}? Same logo as last time, please.",
    "What discount can you give on {what} if we double the quantity?",
    "We are planning {what}. What would you recommend this year?",
    "Please quote {what}, with engraving and delivery to two addresses.",
]
ANSWERS = [
    "Thank you for asking. Our quotation for {what} is attached; it is valid for 30 days.",
    "Stock is reserved for you until the end of next week. The quotation for {what} is attached.",
    "I have put together two variants for {what}. Shall I call you tomorrow to go through them?",
]
THANKS = [
    "Everything arrived on time and looks great. Thank you!",
    "Our guests loved the gifts. We will be back.",
    "Delivery received, all complete. Please send the invoice to accounting.",
]
FOLLOW_UPS = [
    "We have not heard from you for a while. May I show you our new collection?",
    "Just checking whether our last quotation reached you. Is there anything we should change?",
    "The season is coming closer. Shall I reserve stock for you as last year?",
    "I tried to reach you by telephone. When would be a good time to talk?",
]

# Story behind a customer's silence: (share, message in which the customer says so, or None)
STORIES = {
    "price": (22, "Honestly, your prices have gone up again and we were offered the same mugs for 12 % less."),
    "competitor": (16, "Our group now has a framework agreement with another supplier, so we will not need a quote."),
    "late": (15, "The gifts arrived two days after our event. This was the second time. I am very disappointed."),
    "quality": (11, "The print on a third of the bottles peeled off after a week. Please tell us how you solve it."),
    "neglect": (12, "Since our contact person at your side changed, nobody has called us back."),
    "range": (8, "We are looking for recycled and locally made gifts. I could not find any in your catalogue."),
    "key_left": (8, None),
    "budget": (5, "The gift budget is frozen for this year. We will see next year."),
    "reorganised": (3, "Our company is being merged into another group and purchasing moves to the head office."),
}

# Story: lost reason of the opportunities that went with it
LOST_REASONS = {
    "price": "crm.lost_reason_1",
    "competitor": "winback_lost_customers.demo_lost_reason_competitor",
    "late": "winback_lost_customers.demo_lost_reason_late",
    "quality": "winback_lost_customers.demo_lost_reason_competitor",
    "neglect": "winback_lost_customers.demo_lost_reason_silence",
    "range": "winback_lost_customers.demo_lost_reason_range",
    "key_left": "winback_lost_customers.demo_lost_reason_silence",
    "budget": "winback_lost_customers.demo_lost_reason_budget",
    "reorganised": "winback_lost_customers.demo_lost_reason_budget",
    None: "crm.lost_reason_1",
}

WON_BACK = "Your new offer convinced us, and the direct number of your manager helps. Let us try again."
RETURN = "40 of the bottles leak. We are sending them back and expect a credit."

CALLS = [
    ("Check how the delivery went", "All fine; asked for the spring catalogue."),
    ("Ask about plans for the season", "Will decide after the budget meeting."),
    ("Present the new collection", "Interested in the bamboo line, wants samples."),
    ("Yearly price talk", "Accepted the new prices after we added free engraving."),
]
MEETINGS = [
    ("Visit: yearly review", "Good meeting, two new contacts in marketing."),
    ("Show samples at the customer's office", "They liked the hampers; quotation to follow."),
]
NO_ANSWER = [
    ("Call: why no order this season?", "No answer, left a message."),
    ("Second attempt to reach the buyer", "Assistant says: will call back. Did not."),
]
PLANNED = ["Call about the next season", "Follow up the quotation", "Offer samples of the new collection",
           "Congratulate on the company anniversary"]

# Cause: (subject, what the customer says, severity)
COMPLAINT_CAUSES = {
    "late": ("Delivered after our event", "The gifts arrived after the event they were meant for.", "serious"),
    "print": ("Print peels off", "The print comes off after a week of use. Please solve it.", "serious"),
    "wrong": ("Wrong colour delivered", "We ordered dark blue and got black. Half is given out.", "small"),
    "broken": ("Arrived broken", "Part of the boxes arrived crushed, and the glass in them is broken.", "small"),
    "billing": ("Invoice does not match the offer", "The engraving was free by your offer, and is on the invoice.",
                "small"),
    "silence": ("Nobody calls back", "I asked three times for the delivery date. Nobody calls back.", "small"),
}
STORY_CAUSES = {"late": "late", "quality": "print", "neglect": "silence"}
REMEDIES = {
    "late": ["Refunded express shipping; deliveries for events now leave three days earlier.",
             "Apologised in person, took back what could not be used."],
    "print": ["Printed and delivered again at no charge.", "Credited the bottles; changed the supplier of the print."],
    "wrong": ["Exchanged what was left; credited the rest.", "Kept at a lower price, as agreed."],
    "broken": ["Sent new ones the same day.", "Replaced, and packed in double boxes from now on."],
    "billing": ["Corrected the invoice and checked all open offers of this customer."],
    "silence": ["Named a deputy, gave the customer a direct number.", "Delivery date confirmed by phone each week."],
}

# What is on the desk now or was lately: cause, state, days since receipt, answered in time, values
CURRENT_COMPLAINTS = [
    ("late", "in_progress", 5, None, {"conflict": True, "source": "phone", "subject": "Event ruined: wants a refund"}),
    ("print", "answered", 12, True, {"conflict": True, "source": "email", "percent": 10, "compensation": "ewallet",
                                     "subject": "Threatens with a lawyer over the bottles"}),
    ("billing", "in_progress", 19, None, {"conflict": True, "severity": "serious", "source": "email",
                                          "subject": "Refuses to pay, dispute over engraving"}),
    ("wrong", "closed", 33, True, {"satisfied": "yes", "source": "other", "percent": 5, "compensation": "code"}),
    ("broken", "closed", 28, True, {"satisfied": "yes", "source": "phone"}),
    ("print", "closed", 41, False, {"satisfied": "no", "source": "email"}),
    ("billing", "closed", 24, True, {"satisfied": "yes", "source": "email"}),
    ("late", "closed", 37, True, {"satisfied": False, "source": "poll"}),
    ("broken", "new", 1, None, {"source": "web"}),
    ("late", "new", 3, None, {"source": "social", "subject": "Public post: gifts came too late"}),
    ("wrong", "in_progress", 2, None, {"source": "messenger"}),
    ("print", "in_progress", 4, None, {"source": "email"}),
    ("wrong", "answered", 6, True, {"source": "phone", "percent": 5, "compensation": "code"}),
    ("broken", "answered", 9, False, {"source": "web", "percent": 7, "compensation": "ewallet"}),
    ("silence", "answered", 8, False, {"source": "other"}),
    ("silence", "cancelled", 15, None, {"source": "phone", "subject": "Asked about opening hours"}),
    ("billing", "cancelled", 22, None, {"source": "email", "subject": "Meant another supplier"}),
]
