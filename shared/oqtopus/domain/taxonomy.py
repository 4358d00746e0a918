"""The categories that agents register for and questions are routed to."""

from collections.abc import Mapping
from dataclasses import dataclass

JsonSchema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of agent; `output_structure` is the JSON Schema of the answer wanted from such an agent."""

    name: str
    description: str
    output_structure: JsonSchema


def _texts(description: str) -> JsonSchema:
    """A list of at most 20 short texts, which the agent may leave out."""
    return {
        "type": "array",
        "description": description,
        "maxItems": 20,
        "items": {"type": "string", "maxLength": 200},
    }


def _answer_structure(optional: JsonSchema) -> JsonSchema:
    """An answer with its sources, `optional` members of a category, and whatever else an agent adds."""
    return {
        "type": "object",
        "required": ["answer"],
        "properties": {"answer": _ANSWER, "sources": _SOURCES, **optional},
    }


_ANSWER: JsonSchema = {
    "type": "string",
    "description": "The answer, in plain text and in the language of the question.",
    "maxLength": 8000,
}
_SOURCES: JsonSchema = {
    "type": "array",
    "description": "Where the answer comes from.",
    "maxItems": 10,
    "items": {
        "type": "object",
        "required": ["title"],
        "properties": {
            "title": {"type": "string", "maxLength": 200},
            "url": {"type": "string", "maxLength": 2048},
        },
    },
}

GENERAL_STRUCTURE = _answer_structure({})
_LODGING = _answer_structure(
    {
        "places": _texts("Names of the places to stay, best first."),
        "price": {
            "type": "string",
            "description": "Price or price range, with its currency.",
            "maxLength": 200,
        },
    }
)
_PROPERTY = _answer_structure(
    {
        "places": _texts("Properties or offices, best first, each with its part of town."),
        "price": {"type": "string", "description": "Price or rent, with its currency.", "maxLength": 200},
    }
)
_VENUE = _answer_structure(
    {
        "places": _texts("Names of the places, best first."),
        "opening_hours": {"type": "string", "description": "When the first place is open.", "maxLength": 200},
    }
)
_CARE = _answer_structure(
    {
        "places": _texts("Names of the practices, best first."),
        "urgency": {
            "type": "string",
            "description": "How soon somebody should look at it.",
            "enum": ["emergency", "soon", "routine"],
        },
    }
)
_ADVICE = _answer_structure({"next_steps": _texts("What to do, in order.")})
_TRADE = _answer_structure(
    {
        "next_steps": _texts("What to do until help comes, in order."),
        "price": {"type": "string", "description": "Usual cost, with its currency.", "maxLength": 200},
    }
)
_VEHICLE = _answer_structure(
    {
        "offers": _texts("Vehicles or services on offer, best first."),
        "price": {
            "type": "string",
            "description": "Price or price range, with its currency.",
            "maxLength": 200,
        },
    }
)
_SCREEN = _answer_structure({"titles": _texts("Titles that the answer names, best first.")})
_SHOW = _answer_structure(
    {
        "titles": _texts("Titles that are showing."),
        "showtimes": _texts("Times with their place and date."),
    }
)


def _sharing(structure: JsonSchema, descriptions: Mapping[str, str]) -> tuple[Category, ...]:
    return tuple(Category(name, description, structure) for name, description in descriptions.items())


TAXONOMY: tuple[Category, ...] = (
    *_sharing(
        _LODGING,
        {
            "Hotel": "Short-stay accommodation with private rooms, front desk, room service and booking.",
            "Motel": "Cheap roadside lodging with parking outside the room, for drivers on a road trip.",
            "Bed & Breakfast": "Small homely guesthouses or inns run by hosts, with breakfast included.",
            "Resort Hotel": "Holiday resorts with beach, pools, spa, golf, skiing, all-inclusive packages, activities.",
            "Vacation Rental Agency": "Holiday homes, villas, cottages, cabins and short-term lets for travellers.",
        },
    ),
    *_sharing(
        _PROPERTY,
        {
            "Real Estate": "Buying, selling and investing in property, house prices, mortgages and the housing market.",
            "Real Estate Agency": "Firms and brokerages that list, market, sell and let homes for clients.",
            "Real Estate Agent": "Individual realtors or brokers who help to buy or sell a home and do viewings.",
            "Apartment Complex": "Rental apartments and flats, leases, studios and one- or two-bedroom units.",
            "Condominium Complex": "Condos with owners' association (HOA) fees, shared facilities, for sale or rent.",
            "Property Management Company": "Managing rental properties: tenants, rent collection and maintenance.",
            "Commercial Real Estate Agency": "Office, retail, warehouse and industrial space to lease or buy.",
            "Student Housing Center": "Dormitories, university halls, shared student flats and rooms near campus.",
        },
    ),
    *_sharing(
        _VENUE,
        {
            "Restaurant": "Places to eat lunch or dinner, table reservations, menus, cuisines, takeout and delivery.",
            "Cafe": "Coffee shops for espresso, tea, light snacks, and a place to sit and work with wifi.",
            "Bar": "Pubs, cocktail lounges and breweries for drinks, beer, wine, nightlife and live music.",
            "Bakery": "Bread, pastries, birthday and wedding cakes, cupcakes, croissants and other baked goods.",
            "Grocery Store": "Supermarkets for food shopping, fresh produce, milk, meat and household basics.",
        },
    ),
    *_sharing(
        _CARE,
        {
            "Dentist": "Teeth and gums, toothache, cleaning, fillings, crowns, braces, whitening and extractions.",
            "Medical Clinic": "Doctors' appointments, family medicine, check-ups, vaccinations, tests, common illness.",
            "Hospital": "Emergency room, surgery, inpatient care, maternity, intensive care, specialist departments.",
            "Pharmacy": "Prescriptions, over-the-counter medicines, refills, painkillers and advice from a pharmacist.",
            "Physical Therapist": "Physiotherapy and rehabilitation for back pain, sports injuries, joints, posture.",
        },
    ),
    *_sharing(
        _ADVICE,
        {
            "Lawyer": "Legal advice, contracts, divorce, lawsuits, wills, criminal defence, immigration and injury.",
            "Accountant": "Tax returns, bookkeeping, payroll, VAT, audits and company accounts.",
            "Marketing Agency": "Advertising, branding, social media, SEO, content and campaigns to get customers.",
            "Insurance Agency": "Car, home, health, life, travel and business insurance quotes, policies and claims.",
            "Consultant": "Business, management, strategy and operations advice for companies and organisations.",
        },
    ),
    *_sharing(
        _TRADE,
        {
            "Plumber": "Leaks, pipes, taps, toilets, drains, water heaters and bathroom installation.",
            "Electrician": "Wiring, outlets, fuse boxes, lighting, power failures and EV charger installation.",
            "Locksmith": "Lockouts, lost keys, lock changes, broken locks, safes and key cutting.",
            "HVAC Contractor": "Heating, ventilation and air conditioning, furnaces, heat pumps, thermostats, ducts.",
            "Landscaper": "Garden design, lawn mowing, tree and hedge trimming, patios, irrigation and yard clean-up.",
            "Roofer": "Roof repair and replacement, shingles, tiles, gutters, flashing and storm damage.",
        },
    ),
    *_sharing(
        _VEHICLE,
        {
            "Car Dealer": "New and used cars for sale, test drives, trade-ins, leasing and car finance.",
            "Auto Repair Shop": "Mechanics for brakes, engine problems, oil changes, tyres, inspections and body work.",
            "Car Rental Agency": "Rent a car, van or truck by the day or week, airport pickup and return.",
            "Car Wash": "Exterior washing, interior cleaning, detailing, waxing and polishing of vehicles.",
        },
    ),
    *_sharing(
        _SCREEN,
        {
            "Movie": "Film recommendations, plots, actors, directors, reviews, ratings and streaming.",
        },
    ),
    *_sharing(
        _SHOW,
        {
            "Cinema": "Movie theatres, showtimes, tickets, seats, IMAX screens and what is playing tonight.",
        },
    ),
    *_sharing(
        _SCREEN,
        {
            "Film": "Films, film-making, documentaries, film history, festivals and production.",
        },
    ),
    *_sharing(
        _ADVICE,
        {
            "Tech": "Computers, phones, software, apps, IT support, internet, programming, AI and gadgets.",
        },
    ),
)
CATEGORY_NAMES: frozenset[str] = frozenset(category.name for category in TAXONOMY)
