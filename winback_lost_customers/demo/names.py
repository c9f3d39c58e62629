"""Word lists from which the demo's companies, people and places are put together.

Everything is invented. Companies are made of a coined word or a surname, a line of business and the legal form
of their country; people of a first and a last name of their country; e-mail addresses end in ``.example``.
"""

ROOTS = (
    "Alder Amberley Arctura Ashford Aurelis Baltara Beacon Belmora Birchfield Bluefin Bramble Brightwell Calder "
    "Cedarline Clearbrook Cobalta Corvina Copperfield Crestview Dalewood Deltara Eastgate Elmstead Emberly Evenlode "
    "Fairhaven Falconer Fernhill Fjordline Foxglove Glenmoor Goldcrest Granary Greenlake Halcyon Harborne Hartwell "
    "Hawthorn Helios Highmark Hollin Ironbridge Islemere Ivoria Juniper Kestrel Kingsmere Lakeland Larkspur Laurelton "
    "Linden Lodestar Lumina Maplewood Marlowe Meridia Millbrook Mistral Moorland Nordhaven Northgate Novalis Oakhurst "
    "Octavia Orchard Orionis Palisade Pinecrest Polaris Quarry Quillon Redwood Ridgeway Riverton Rowan Sablewood "
    "Saltmarsh Seabright Silverlake Solstice Southwark Starling Stonegate Summerhill Sycamore Tamarind Thornbury "
    "Tidewater Tamsin Umbria Valemont Verdania Vistula Walden Westbrook Willowby Windmere Wolfram Yarrow Zephyra"
).split()

# XML id of the industry: lines of business that appear in company names
INDUSTRIES = {
    "base.res_partner_industry_C": ["Packaging", "Machine Tools", "Components", "Furniture", "Optics", "Textiles"],
    "base.res_partner_industry_D": ["Energy", "Solar", "District Heating"],
    "base.res_partner_industry_F": ["Construction", "Roofing", "Civil Works", "Interiors"],
    "base.res_partner_industry_G": ["Trading", "Wholesale", "Home Stores", "Auto Parts", "Retail Group"],
    "base.res_partner_industry_H": ["Logistics", "Freight", "Shipping", "Coaches"],
    "base.res_partner_industry_I": ["Hotels", "Catering", "Coffee Roasters", "Restaurants"],
    "base.res_partner_industry_J": ["Software", "Telecom", "Data Systems", "Digital", "Networks"],
    "base.res_partner_industry_K": ["Insurance", "Capital", "Savings Bank", "Leasing", "Asset Management"],
    "base.res_partner_industry_L": ["Properties", "Estates", "Facility Partners"],
    "base.res_partner_industry_M": ["Engineering", "Architects", "Law", "Consulting", "Laboratories"],
    "base.res_partner_industry_N": ["Staffing", "Travel", "Events", "Security Services"],
    "base.res_partner_industry_P": ["Academy", "Language School", "Business School"],
    "base.res_partner_industry_Q": ["Pharma", "Clinics", "Dental Group", "Care Homes"],
    "base.res_partner_industry_R": ["Theatres", "Sports Club", "Film Studios"],
    "base.res_partner_industry_S": ["Trade Association", "Foundation", "Cleaning Services"],
}

# How often each of them occurs, in the same order: enough companies of the large ones are alike to be compared
INDUSTRY_WEIGHTS = (15, 3, 4, 12, 4, 4, 12, 4, 3, 15, 4, 3, 5, 3, 3)

INTERMEDIARIES = ["Payment Services", "Purchasing Agency", "Procurement Desk", "Settlement", "Billing Services"]

FUNCTIONS = [
    "Office Manager", "Marketing Manager", "HR Director", "Procurement Manager", "Event Manager",
    "Executive Assistant", "Brand Manager", "Head of Communications", "Purchasing Officer", "Managing Director",
]

# Country code: how often, legal forms, telephone pattern (# = a digit), streets, (city, postcode), names
COUNTRIES = {
    "us": {
        "weight": 75, "forms": ["Inc.", "LLC", "Corp."], "phone": "+1 ### 555 01##",
        "streets": ["Maple Avenue", "Market Street", "Lakeshore Drive", "Commerce Road"],
        "cities": [("Chicago", "60601"), ("Boston", "02110"), ("Denver", "80202"), ("Austin", "78701"),
                   ("Seattle", "98101"), ("Atlanta", "30303")],
        "first": "Emily Hannah Grace Abigail Megan Laura Jason Kevin Brian Tyler Andrew Jordan Denise Monica".split(),
        "last": "Parker Sullivan Bennett Coleman Hughes Foster Reynolds Hayes Whitaker Morales Dawson Pierce".split(),
    },
    "uk": {
        "weight": 17, "forms": ["Ltd", "Ltd", "plc", "LLP"], "phone": "+44 20 7946 0###",
        "streets": ["High Street", "Station Road", "Mill Lane", "Kings Parade"],
        "cities": [("London", "EC2A 4NE"), ("Manchester", "M2 5DB"), ("Bristol", "BS1 4DJ"), ("Leeds", "LS1 4AP"),
                   ("Edinburgh", "EH2 4RG")],
        "first": "Charlotte Imogen Fiona Harriet Lucy Priya Oliver Duncan Graham Callum Rupert Simon Aisha Tom".split(),
        "last": "Ashworth Barlow Crawford Ellison Fairclough Hargreaves Kendall Langley Mercer Pritchard Shah Thorne"
                .split(),
    },
    "de": {
        "weight": 16, "forms": ["GmbH", "GmbH", "AG", "KG"], "phone": "+49 30 23125 ###",
        "streets": ["Hauptstraße", "Bahnhofstraße", "Lindenallee", "Industriestraße"],
        "cities": [("Berlin", "10115"), ("Hamburg", "20095"), ("München", "80331"), ("Köln", "50667"),
                   ("Leipzig", "04109")],
        "first": "Katharina Julia Sabine Anke Birgit Lena Stefan Jürgen Florian Tobias Uwe Heike Jonas".split(),
        "last": "Albrecht Brandt Dietrich Engel Falk Hartmann Krüger Lindner Reinhardt Sommer Vogel Winkler".split(),
    },
    "fr": {
        "weight": 10, "forms": ["SARL", "SAS", "SA"], "phone": "+33 1 99 00 ## ##",
        "streets": ["Rue de la République", "Avenue Victor Hugo", "Boulevard Voltaire"],
        "cities": [("Paris", "75009"), ("Lyon", "69002"), ("Nantes", "44000"), ("Lille", "59800")],
        "first": "Camille Élodie Sophie Aurélie Manon Claire Julien Thierry Mathieu Antoine Benoît Luc".split(),
        "last": "Bellamy Carpentier Delorme Fontaine Girard Lacroix Marchand Perrin Roussel Tessier".split(),
    },
    "nl": {
        "weight": 9, "forms": ["B.V.", "B.V.", "N.V."], "phone": "+31 20 555 0###",
        "streets": ["Kerkstraat", "Stationsplein", "Havenweg", "Molenlaan"],
        "cities": [("Amsterdam", "1012 JS"), ("Rotterdam", "3011 AD"), ("Utrecht", "3511 LX"), ("Delft", "2611 AZ")],
        "first": "Sanne Marieke Femke Anouk Lotte Daan Bram Jeroen Sander Pieter Wouter Noor".split(),
        "last": "Bakker Dekker Hoekstra Kuiper Meijer Postma Smit Veenstra Visser Zijlstra".split(),
    },
    "fi": {
        "weight": 7, "forms": ["Oy", "Oy", "Oyj"], "phone": "+358 9 555 0###",
        "streets": ["Aleksanterinkatu", "Hämeenkatu", "Rantatie"],
        "cities": [("Helsinki", "00100"), ("Tampere", "33100"), ("Turku", "20100"), ("Oulu", "90100")],
        "first": "Aino Katja Riikka Sari Tuuli Heidi Jari Mikko Petri Timo Antti Ville".split(),
        "last": "Heikkinen Järvinen Koskela Laine Mäkelä Nieminen Rantanen Salonen Tuominen Virtanen".split(),
    },
    "se": {
        "weight": 7, "forms": ["AB"], "phone": "+46 8 555 0## ##",
        "streets": ["Storgatan", "Kungsgatan", "Hamngatan"],
        "cities": [("Stockholm", "111 43"), ("Göteborg", "411 05"), ("Malmö", "211 20")],
        "first": "Elin Maja Karin Linnea Annika Erik Johan Lars Mattias Niklas Gustav Sofia".split(),
        "last": "Ahlgren Bergström Dahlin Ekberg Forsberg Hedlund Lindqvist Nyström Sandell Wallin".split(),
    },
    "es": {
        "weight": 6, "forms": ["S.L.", "S.A."], "phone": "+34 91 555 0###",
        "streets": ["Calle Mayor", "Avenida del Puerto", "Paseo de Gracia"],
        "cities": [("Madrid", "28013"), ("Barcelona", "08007"), ("Valencia", "46002"), ("Bilbao", "48001")],
        "first": "Lucía Marta Elena Carmen Nuria Pilar Javier Sergio Álvaro Raúl Diego Pablo".split(),
        "last": "Aguilar Benítez Castillo Domínguez Herrera Medina Navarro Ortega Salazar Vidal".split(),
    },
    "it": {
        "weight": 5, "forms": ["S.r.l.", "S.p.A."], "phone": "+39 02 5550 0###",
        "streets": ["Via Roma", "Corso Garibaldi", "Via Dante"],
        "cities": [("Milano", "20121"), ("Torino", "10121"), ("Bologna", "40121")],
        "first": "Chiara Francesca Giulia Silvia Paola Luca Marco Davide Stefano Matteo".split(),
        "last": "Barbieri Colombo Ferrara Galli Lombardi Marini Pellegrini Rinaldi Serra Valenti".split(),
    },
    "pl": {
        "weight": 5, "forms": ["Sp. z o.o.", "S.A."], "phone": "+48 22 555 0# ##",
        "streets": ["ul. Lipowa", "ul. Polna", "ul. Ogrodowa"],
        "cities": [("Warszawa", "00-001"), ("Kraków", "31-001"), ("Gdańsk", "80-001")],
        "first": "Agnieszka Magda Joanna Ewa Karolina Piotr Tomasz Marek Jakub Paweł".split(),
        "last": "Adamczyk Bielski Dudek Górski Jaworski Kalinowski Lis Sikora Wolski Zając".split(),
    },
}
