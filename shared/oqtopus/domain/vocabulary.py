"""Words that `wording` needs to know: which say nothing, which say the same, which set two statements apart.

English alone. A text in another language is compared by its own words.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STOP_WORDS: Final = _words(
    """
    a about above according across actually after again all almost along already also although always am among an
    and another any anyone anything are around as at away back be because become becomes became been before behind
    being below beside besides between both but by can could currently did do does doing done down due during each
    either else ever every everyone everything expect few for from further get gets getting got had has have having
    he her here hers him his how however i if in indeed into is it its itself just keep let lets like lot made make
    makes making many may me might mine more most much must my near nearly need no nor not now of off on once one
    ones only onto or other others our out over own perhaps please put quite rather really s same say says shall
    she should since so some someone something soon still such sure t than that the their them themselves then
    there these they thing things this those though through thus to together too toward towards under until up upon
    us use used uses using usually very via want was way we well were what when where whether which while who whom
    whose why will with within without would yes yet you your yours d ll m re ve said tell tells called known comes
    come came gives give given
    """
)

# The first word of each line stands for the others.
_SAME: Final = """
cost price priced charge fee pay paid expense
duration last run running runtime take took
long length
tall high height elevation
wide width
deep depth
weigh weight heavy
open opening opened
found founded founder establish established founding
create created creator
release released premiere premiered publish published
direct director directed
write author writer wrote written
film movie picture
child children kid kids
car vehicle automobile
buy purchase bought
allow allowed permit permitted
begin start began commence beginning
end finish
rating rate rated score
gross earn earned grossed
population inhabitant resident
headquarters headquarter headquartered based
win won winner
day daily
month monthly
year yearly annual annually annum
week weekly
doctor physician dr
flat apartment
shop store
lift elevator
underground subway metro
reserve reservation booking book
young younger
bear born birth birthplace
die died death dead
invent inventor invented
design designer designed architect
build built builder
compose composer composed
paint painter painted
large big
ticket entry entrance admission
quick fast
morning mornings
world worldwide international internationally globally
"""

_CANONICAL: Final[Mapping[str, str]] = {
    word: line.split()[0] for line in _SAME.strip().splitlines() for word in line.split()
}


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """What a word has in common with its other forms and with the words that mean the same."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    return _CANONICAL.get(folded) or _CANONICAL.get(base := _base(folded)) or base


def _base(word: str) -> str:
    """The word without the endings of English, cut lightly: `closes` and `closing` are both `clos`."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("sses", "ches", "shes", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if (base := _CANONICAL.get(word)) is not None:
        return base
    for ending, shortest in (("ing", 6), ("ed", 5), ("ly", 6)):
        if len(word) >= shortest and word.endswith(ending):
            word = word[: -len(ending)]
            if ending != "ly" and len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


# Says the opposite of the word behind it.
OPPOSITES: Final[Mapping[str, str]] = {
    "closed": "open",
    "shut": "open",
    "forbidden": "allow",
    "prohibited": "allow",
    "banned": "allow",
    "unavailable": "available",
    "impossible": "possible",
    "illegal": "legal",
    "unsafe": "safe",
    "false": "true",
    "incorrect": "correct",
    "untrue": "true",
    "inaccessible": "accessible",
    "unheated": "heated",
    "unsupported": "support",
    "unlimited": "limited",
}
NEGATIONS: Final = _words("not no never cannot without neither nor none nobody nothing lacks lack cant dont")
# Behind a negation, these weaken what follows and do not deny it.
WEAKENING: Final = _words("only just all always every necessarily yet until more less")
PREPOSITIONS: Final = _words("in on at for to with by from of until after before during because but and or if")

PHRASES: Final[Mapping[str, str]] = {
    "no longer": "not",
    "running time": "runtime",
    "around the world": "worldwide",
    "in advance": "ahead",
    "came out": "released",
    "come out": "released",
    "comes out": "released",
    "set up": "founded",
    "takes place": "is",
    "take place": "is",
    "took place": "is",
    "every day": "daily",
    "each day": "daily",
    "for free": "free",
    "free of charge": "free",
    "per annum": "annually",
    "per month": "monthly",
}

# Where one statement has one of these and another has not, they may both be true.
QUALIFIERS: Final = _stems(
    """
    monday tuesday wednesday thursday friday saturday sunday weekday weekend holiday spring summer autumn winter season
    january february march april june july august september october november december
    adult child student senior pensioner member group family resident online door advance city town motorway highway
    average median typical minimum maximum net domestic world north south east west northern southern eastern
    western upper lower left right first second third next former previous new old original extended special night
    evening morning afternoon noon business economy return single train car bus plane foot bike bicycle boat small large
    half inside outside indoor outdoor public private peak only early late middle junior audience critic male female
    men women man woman electric diesel petrol hybrid basic premium standard deluxe per before after contract without
    with antenna unless except discount reduced regular total combined up unadjusted adjusted estimated planned
    proposed expected if when most least
    """
)
# What has one value at a time: two values of it contradict each other.
SINGLE_VALUED: Final = _stems(
    """
    directed written created founded invented designed composed painted born died capital currency headquarters
    president mayor minister ceo chief chairman owner owned champion language called tallest largest biggest longest
    highest smallest fastest oldest deepest newest nearest heaviest richest hottest coldest first discovered built
    king queen developed developer manufactured publisher
    """
)
# What happens to a thing in one year only.
ONCE_ONLY: Final = _stems(
    """
    released founded opened born died completed built created invented designed published discovered finished composed
    painted written abolished signed
    """
)
# What may have several values at the same time.
MANY_VALUED: Final = _stems("stars starring includes including features featuring cast example recommend popular among")
# The place of a town is also that of its country, so one does not contradict the other.
REGIONS: Final = _stems(
    """
    africa america asia europe australia oceania argentina austria bavaria belgium brazil britain california canada
    catalonia chile china colombia croatia cuba czechia denmark egypt england ethiopia finland florida france germany
    greece hungary iceland india indonesia iran iraq ireland israel italy japan kenya korea malaysia mexico morocco
    netherlands zealand nigeria norway pakistan peru philippines poland portugal prussia romania russia scotland serbia
    singapore slovakia slovenia spain sweden switzerland texas thailand turkey tuscany ukraine usa uk states kingdom
    us vietnam wales washington united new south north
    """
)

UNITS: Final[Mapping[str, str]] = {
    word: line.split()[0]
    for line in """
    minute minutes min mins
    second seconds sec secs
    hour hours hr hrs h
    day days
    week weeks
    month months
    year years yr yrs
    km kilometre kilometres kilometer kilometers
    m metre metres meter meters
    cm centimetre centimetres centimeter centimeters
    mm millimetre millimetres millimeter millimeters
    mile miles mi
    foot feet ft
    inch inches
    kg kilogram kilograms kilo kilos
    g gram grams gramme grammes
    pound pounds lb lbs
    tonne tonnes ton tons
    litre litres liter liters l
    ml millilitre millilitres
    dollar dollars usd $
    euro euros eur €
    sterling gbp £
    yen jpy ¥
    % percent
    km/h kph
    mph
    mpg
    clock o'clock o’clock uhr
    gb gigabyte gigabytes
    mb megabyte megabytes
    """.strip().splitlines()
    for word in line.split()
}
SCALES: Final[Mapping[str, float]] = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "bn": 1e9,
    "mn": 1e6,
    "dozen": 12.0,
}
_UNITS_OF_TWENTY: Final = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS: Final[Mapping[str, int]] = {
    **{word: value for value, word in enumerate(_UNITS_OF_TWENTY.split(), 2)},
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
    **{word: 10 * value for value, word in enumerate(_TENS.split(), 2)},
}
# What a sentence that begins as a greeting may say besides, and still claim nothing.
COURTESIES: Final = _stems(
    """
    hello hi hey thanks thank welcome course certainly sorry hope help helps helpful know question asking ask feel free
    happy glad good great nice day morning evening enjoy assist further have other else anything visit trip meal
    """
)
# First words that are written with a capital before a name and are none.
OPENERS: Final = _words(
    """
    good great best better popular top famous new old young big small large cheap local traditional modern classic
    nice free open closed invalid valid like unlike visit try see watch read call ask take choose consider note
    """
)
_MONTHS: Final = "January February March April May June July August September October November December"
MONTHS: Final = tuple(_MONTHS.split())
ROUGHLY: Final = _words("about around approximately approx roughly nearly almost some circa ca ~ estimated")
# A number behind one of these is a name.
LABELS: Final = _words(
    """
    room chapter page line version step part terminal platform gate track section article level floor no number type
    model class grade season episode volume figure table item question option phase stage highway route exit
    """
)

# What an answer says about itself and its agents, not about the world.
OWN_WORDS: Final = _stems(
    """
    agent answer source question reply response information info detail disagree agree differ contradict contradictory
    summary conclusion follow following mention opinion view
    """
)
