"""The files of the embedded mailer."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.outbox import Outbox
from oqtopus.errors import Unavailable
from oqtopus.ports import Mail
from tests.fakes.clock import FakeClock

MAIL = Mail("event-1", "anna@example.org", "Hello", "Hello\n")


async def test_a_mail_is_one_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "outbox"

    await Outbox(folder, "post@oqtopus.example", FakeClock()).send(MAIL)

    (file,) = folder.iterdir()
    assert file.name == "20260314T150926.000000Z-event-1.eml"
    assert [oct(place.stat().st_mode & 0o777) for place in (file, folder, folder.parent)] == ["0o600", "0o700", "0o700"]


async def test_names_sort_by_time(tmp_path: Path) -> None:
    clock = FakeClock()
    outbox = Outbox(tmp_path / "outbox", "post@oqtopus.example", clock)

    for name in ("c", "a", "b"):
        await outbox.send(replace(MAIL, id=name))
        clock.advance(timedelta(milliseconds=1))

    assert [file.stem[-1] for file in sorted((tmp_path / "outbox").iterdir())] == ["c", "a", "b"]


@pytest.mark.parametrize("mail_id", ["../../outside", "/etc/passwd", ".", "..", "a\x00b", "x" * 256])
async def test_no_id_leads_out_of_the_folder(tmp_path: Path, mail_id: str) -> None:
    await Outbox(tmp_path / "outbox", "post@oqtopus.example", FakeClock()).send(replace(MAIL, id=mail_id))

    (file,) = files_below(tmp_path)
    assert file.parent == tmp_path / "outbox"
    assert file.suffix == ".eml"


async def test_a_mail_that_is_sent_again_at_once_is_one_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", "post@oqtopus.example", FakeClock())

    await outbox.send(MAIL)
    await outbox.send(MAIL)

    assert len(list((tmp_path / "outbox").iterdir())) == 1


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")

    with pytest.raises(Unavailable):
        await Outbox(tmp_path / "outbox", "post@oqtopus.example", FakeClock()).send(MAIL)


async def test_the_log_names_the_file_and_not_the_recipient(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "oqtopus"):
        await Outbox(tmp_path / "outbox", "post@oqtopus.example", FakeClock()).send(MAIL)

    (record,) = caplog.records
    assert (record.message, vars(record)["oqtopus"]) == (
        "mail_kept",
        {"file": "20260314T150926.000000Z-event-1.eml"},
    )


def files_below(folder: Path) -> list[Path]:
    return [place for place in folder.rglob("*") if place.is_file()]
