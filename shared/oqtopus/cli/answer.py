"""An answer and what it rests on, once it is finished."""

from oqtopus.cli.surface import Surface, one_line
from oqtopus.client import Disagreement, Final, Source

_MOST_REFERENCES = 5


def show_answer(surface: Surface, final: Final) -> None:
    """The text, then doubts about it, then its sources."""
    surface.line(final.text)
    if final.usage.unsupported:
        _unsupported(surface, final)
    for disagreement in final.disagreement:
        _disagreement(surface, disagreement)
    if final.sources:
        _heading(surface, "Sources")
        for source in final.sources:
            _source(surface, source)


def _unsupported(surface: Surface, final: Final) -> None:
    if not final.sources:
        surface.line()
        surface.line("No source stands behind this answer.", "bad")
        return
    _heading(surface, "No source says")
    for span in final.usage.unsupported:
        surface.line(f"    “{one_line(span.of(final.text))}”", "bad")


def _disagreement(surface: Surface, disagreement: Disagreement) -> None:
    _heading(surface, "Sources disagree")
    if not disagreement.claims:
        surface.line("    " + ", ".join(f"[{number}]" for number in disagreement.agents), "bad")
    for claim in disagreement.claims:
        surface.line(f"[{claim.number}] “{one_line(claim.text)}”", "bad")


def _source(surface: Surface, source: Source) -> None:
    surface.line(f"[{source.number}] {one_line(source.name)}")
    for reference in source.references[:_MOST_REFERENCES]:
        surface.line(f"    {one_line(reference.title)}  {one_line(reference.url)}".rstrip(), "faint")
    if len(source.references) > _MOST_REFERENCES:
        surface.line(f"    and {len(source.references) - _MOST_REFERENCES} more", "faint")


def _heading(surface: Surface, title: str) -> None:
    surface.line()
    surface.line(title, "strong")
