"""What a month costs on Google Cloud, from what one search and one agent use; `terraform/README.md` has the table.

List prices in US dollars as published up to November 2026: a region of the first tier for Cloud Run, the dearer
multi-region prices for Firestore. So real bills are a little lower, until a price changes.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

DAYS: Final = 30
MONTH_SECONDS: Final = DAYS * 86_400
MILLION: Final = 1e6

# Per unit beyond what is free in a month (or, for Firestore, in a day).
PRICES: Final[Mapping[str, float]] = {
    "processor_second": 0.000024,
    "gib_second": 0.0000025,
    "request": 0.40 / MILLION,
    "gateway_call": 3.00 / MILLION,
    "document_read": 0.06 / 100_000,
    "document_write": 0.18 / 100_000,
    "document_delete": 0.02 / 100_000,
    "secret_version": 0.06,
    "secret_read": 0.03 / 10_000,
    "key_version": 0.06,
    "nat_instance_hour": 0.0014,
    "nat_address_hour": 0.005,
    "nat_gib": 0.045,
    "gib_out": 0.12,
    "image_gib": 0.10,
    "alert_condition": 0.10,
    "scheduled_job": 0.10,
    "forwarding_rule_hour": 0.025,
    "armor_policy": 5.0,
    "armor_rule": 1.0,
    "model_token_in": 0.10 / MILLION,
    "model_token_out": 0.50 / MILLION,
}
FREE: Final[Mapping[str, float]] = {
    "processor_second": 180_000,
    "gib_second": 360_000,
    "request": 2 * MILLION,
    "gateway_call": 2 * MILLION,
    "document_read": 50_000 * DAYS,
    "document_write": 20_000 * DAYS,
    "secret_version": 6,
    "secret_read": 10_000,
    "image_gib": 0.5,
    "scheduled_job": 3,
}

# A search: four agents answer, the model writes; tests/functions/test_search_costs.py counts its documents.
AGENTS_CALLED: Final = 4
SEARCH_SECONDS: Final = 4.0
SEARCH_GIB: Final = 1.0
READS: Final = 1 + 8 + AGENTS_CALLED  # The credential, the candidates found, the agents whose calls are counted.
WRITES: Final = 2 + 2 + AGENTS_CALLED  # The charge, the message's claim, each agent's count.
DELETES: Final = 2  # What has expired: the request and the message.
KIB_IN_AND_OUT_OF_AGENTS: Final = 60
KIB_TO_THE_ASKER: Final = 20
TOKENS_IN, TOKENS_OUT = 2_500, 400

# What runs by the clock: ticks of the schedules, probes of each agent, and six places that ask whether it is up.
TICKS: Final = (86_400 // 300 + 86_400 // 600) * DAYS
PROBES_A_DAY: Final = 96
UPTIME_CALLS: Final = 6 * 86_400 // 300 * DAYS
SECRETS: Final = 3
ALERT_CONDITIONS: Final = 24
ARMOR_RULES: Final = 8
IMAGES_GIB: Final = 4.0


@dataclass(frozen=True, slots=True)
class Load:
    title: str
    searches_a_day: int
    agents: int


LOADS: Final = (Load("idle", 0, 10), Load("1", 1, 10), Load("100", 100, 50), Load("10,000", 10_000, 200))


def usage(load: Load) -> Mapping[str, float]:
    """What a month of the load uses, by the unit that is paid for."""
    searches, probes = load.searches_a_day * DAYS, load.agents * PROBES_A_DAY * DAYS
    # Nothing overlaps: at these rates instances hardly ever work at two requests, and a shared one would cost less.
    seconds = searches * SEARCH_SECONDS + UPTIME_CALLS * 0.05 + TICKS * 0.3 + probes * 0.2 + searches * 0.5
    return {
        "processor_second": seconds,
        "gib_second": seconds * SEARCH_GIB,
        "request": searches * 3 + UPTIME_CALLS + TICKS + probes / 25,
        "gateway_call": searches * 2 + UPTIME_CALLS,
        "document_read": searches * READS + probes * 3 + TICKS,
        "document_write": searches * WRITES + probes + TICKS * 2,
        "document_delete": searches * DELETES + TICKS,
        "secret_version": SECRETS + load.agents,
        "secret_read": probes + TICKS / 100,
        "key_version": 4,
        "nat_instance_hour": _instance_hours(load),
        "nat_address_hour": MONTH_SECONDS / 3600,
        "nat_gib": (searches * KIB_IN_AND_OUT_OF_AGENTS + probes * 8) / 2**20,
        "gib_out": searches * KIB_TO_THE_ASKER / 2**20,
        "image_gib": IMAGES_GIB,
        "alert_condition": ALERT_CONDITIONS,
        "scheduled_job": 2,
        "model_token_in": searches * TOKENS_IN,
        "model_token_out": searches * TOKENS_OUT,
    }


def load_balancer() -> Mapping[str, float]:
    """What `stream_edge = "load_balancer"` adds, at any load of the table."""
    return {"forwarding_rule_hour": MONTH_SECONDS / 3600, "armor_policy": 1, "armor_rule": ARMOR_RULES}


def cost(units: Mapping[str, float]) -> Mapping[str, float]:
    return {unit: max(0.0, used - FREE.get(unit, 0.0)) * PRICES[unit] for unit, used in units.items()}


# The table's rows, and the units that each adds up.
ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "functions (Cloud Run)": ("processor_second", "gib_second", "request"),
    "API gateway": ("gateway_call",),
    "Firestore": ("document_read", "document_write", "document_delete"),
    "secrets, keys of agents, the key": ("secret_version", "secret_read", "key_version"),
    "way out (NAT, address, traffic)": ("nat_instance_hour", "nat_address_hour", "nat_gib", "gib_out"),
    "alerts, schedules, images": ("alert_condition", "scheduled_job", "image_gib"),
    "the model (the cheapest paid one)": ("model_token_in", "model_token_out"),
}


def table() -> Iterator[str]:
    """The table in Markdown: dollars a month, by searches a day."""
    costs = [cost(usage(load)) for load in LOADS]
    yield "| dollars a month | " + " | ".join(load.title for load in LOADS) + " |"
    yield "| --- |" + " ---: |" * len(LOADS)
    yield "| agents registered | " + " | ".join(str(load.agents) for load in LOADS) + " |"
    for title, units in ROWS.items():
        yield f"| {title} | " + " | ".join(f"{sum(one[unit] for unit in units):,.2f}" for one in costs) + " |"
    yield "| **together** | " + " | ".join(f"**{sum(one.values()):,.2f}**" for one in costs) + " |"
    yield f"| with a load balancer, more | {' | '.join([f'{sum(cost(load_balancer()).values()):,.2f}'] * len(LOADS))} |"


def _instance_hours(load: Load) -> float:
    """Hours in which an instance may leave through the NAT: one stays for a quarter of an hour after its last work."""
    month = MONTH_SECONDS / 3600
    # `probe` and `registration` have their ticks, so that one of each hardly ever goes away.
    return 2 * month + min(month * 2, load.searches_a_day * DAYS * 0.25)


def main() -> int:
    print("\n".join(table()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
