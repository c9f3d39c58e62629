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
