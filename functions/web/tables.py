"""Tables of the reference, as HTML."""

from collections.abc import Iterable


def table(columns: Iterable[str], rows: Iterable[str]) -> str:
    """A table, or nothing where there are no rows."""
    body = "".join(rows)
    heads = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>" if body else ""


def row(head: str, *cells: str) -> str:
    """One row, whose first cell says what it is about."""
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def named(name: str, *, is_required: bool) -> str:
    """The name of a member or parameter, already escaped, and whether it must be there."""
    return f"<code>{name}</code>" + (' <span class="needed">required</span>' if is_required else "")
