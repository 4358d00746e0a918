from pathlib import Path

import pytest

from infra.costs import FREE, LOADS, PRICES, ROWS, Load, cost, load_balancer, table, usage


def test_the_operators_page_has_the_table_as_it_is_computed() -> None:
    page = Path("terraform/README.md").read_text(encoding="utf-8")

    shown = page.partition("<!-- costs -->\n")[2].partition("<!-- /costs -->")[0]

    assert shown.splitlines() == list(table())


def test_everything_that_is_used_has_a_price_and_a_row() -> None:
    in_rows = [unit for units in ROWS.values() for unit in units]

    assert sorted(in_rows) == sorted(usage(LOADS[0]))
    assert set(in_rows) | set(load_balancer()) == PRICES.keys()
    assert FREE.keys() <= PRICES.keys()


def test_what_is_free_costs_nothing_and_what_is_beyond_costs_its_price() -> None:
    assert cost({"request": FREE["request"]}) == {"request": 0.0}
    assert cost({"request": FREE["request"] + 1_000_000}) == {"request": pytest.approx(0.40)}


def test_more_searches_and_more_agents_never_cost_less() -> None:
    loads = [Load("", searches, agents) for searches in (0, 1, 10_000) for agents in (0, 500)]

    totals = {(load.searches_a_day, load.agents): sum(cost(usage(load)).values()) for load in loads}

    assert all(totals[searches, 0] <= totals[searches, 500] for searches in (0, 1, 10_000))
    assert totals[0, 0] < totals[1, 0] < totals[10_000, 0]
