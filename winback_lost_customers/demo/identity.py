"""Who the demo's customers are: companies and their contacts, drawn from the word lists."""

import re
import unicodedata

from .names import COUNTRIES, FUNCTIONS, INDUSTRIES, INDUSTRY_WEIGHTS, INTERMEDIARIES, ROOTS


def slugify(text):
    """Turn a name into something that can stand in an e-mail address."""
    text = text.replace("ß", "ss").replace("ø", "o").replace("ł", "l")
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


def draw_digits(rng, pattern):
    """Replace each # of a telephone pattern by a digit."""
    return re.sub("#", lambda _match: str(rng.randint(0, 9)), pattern)


def draw_country(rng):
    """Draw a country code by weight."""
    return rng.choices(list(COUNTRIES), [country["weight"] for country in COUNTRIES.values()])[0]


def draw_company_name(rng, country, line):
    """Draw a name such as "Kestrel Logistics Ltd" or "Brandt & Vogel Packaging GmbH"."""
    last, forms = COUNTRIES[country]["last"], COUNTRIES[country]["forms"]
    style = rng.random()
    if style < 0.6:
        root = rng.choice(ROOTS)
    elif style < 0.8:
        root = rng.choice(last)
    else:
        root = " & ".join(rng.sample(last, 2))
    return f"{root} {line} {rng.choice(forms)}"


def draw_unused(rng, taken, draw, *args):
    """Draw until the result, without its legal form, has not been used before."""
    while True:
        name = draw(rng, *args)
        key = name.rsplit(" ", 1)[0]
        if key not in taken:
            taken.add(key)
            return name


def draw_address(rng, country):
    """Draw street, town and telephone number."""
    place = COUNTRIES[country]
    city, postcode = rng.choice(place["cities"])
    number = rng.randint(1, 180)
    street = rng.choice(place["streets"])
    return {
        "country": country, "city": city, "zip": postcode,
        "street": f"{number} {street}" if country in ("us", "uk", "fr") else f"{street} {number}",
        "phone": draw_digits(rng, place["phone"]),
    }


def draw_company(rng, taken, intermediary=False):
    """Draw a company: name, industry, address, domain."""
    country = draw_country(rng)
    drawn = rng.choices(list(INDUSTRIES), INDUSTRY_WEIGHTS)[0]
    industry = "base.res_partner_industry_K" if intermediary else drawn
    line = rng.choice(INTERMEDIARIES if intermediary else INDUSTRIES[industry])
    name = draw_unused(rng, taken, draw_company_name, country, line)
    domain = f"{slugify(name.rsplit(' ', 1)[0])}.example"
    return {"name": name, "industry": industry, "domain": domain, **draw_address(rng, country)}


def draw_contact(rng, company, function):
    """Draw a person who works for the company."""
    place = COUNTRIES[company["country"]]
    first, last = rng.choice(place["first"]), rng.choice(place["last"])
    return {
        "name": f"{first} {last}", "function": function, "active": True, "bounce": 0,
        "email": f"{slugify(first)}.{slugify(last)}@{company['domain']}",
        "phone": draw_digits(rng, place["phone"]),
    }


def draw_contacts(rng, company, size_rank):
    """Draw one to three contacts with different names; larger customers have more of them."""
    wanted = 1 + (rng.random() < 0.35 + size_rank / 2) + (rng.random() < size_rank / 2)
    contacts = {}
    for function in rng.sample(FUNCTIONS, wanted):
        contact = draw_contact(rng, company, function)
        contacts.setdefault(contact["email"], contact)
    return list(contacts.values())


def retire_contacts(rng, contacts, archetype):
    """Let contacts leave: all of them for `key_left`, the last of several for every fourth other customer."""
    if archetype == "key_left":
        contacts[0]["bounce"] = 4
        for contact in contacts[1:]:
            contact["active"] = False
        contacts[0]["active"] = rng.random() < 0.5
    elif archetype == "archived":
        for contact in contacts:
            contact["active"] = False
    elif len(contacts) > 1 and rng.random() < 0.27:
        contacts[-1]["active"] = False
