"""The folder of a session: private, swept when it was left behind, and the first address kept out of sight."""

import os
import stat

import pytest

from regraft.explorer import session as sessions
from regraft.explorer.session import Session, steady_place, sweep

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")


def test_the_folder_is_private_and_goes_with_everything_in_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    session = Session.start()
    assert stat.S_IMODE(session.folder.stat().st_mode) == 0o700
    (session.folder / "visits.csv").write_text("x")
    session.end()
    assert not list(tmp_path.iterdir())


def test_what_a_dead_process_left_is_swept_and_what_a_living_one_holds_is_not(tmp_path):
    dead, living = tmp_path / "regraft-explore-999999999-abc", tmp_path / f"regraft-explore-{os.getpid()}-abc"
    other, link = tmp_path / "regraft-explore-notes", tmp_path / "regraft-explore-999999998-abc"
    for folder in (dead, living, other):
        folder.mkdir()
    link.symlink_to(living)
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((living.name, other.name, link.name))


def test_the_page_that_opens_the_browser_is_readable_by_this_person_only(tmp_path):
    page = Session(tmp_path).opening_page("http://127.0.0.1:1/x/?token=secret")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "url=http://127.0.0.1:1/x/?token=secret" in page.read_text()


def test_the_random_place_stays_so_that_links_do_and_is_new_where_it_cannot_be_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    first = steady_place()
    assert len(first) == 22
    assert steady_place() == first
    kept = tmp_path / "regraft" / "explore-place"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text("../../etc")
    assert steady_place() not in {first, "../../etc"}
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert steady_place() != steady_place()


def test_without_a_folder_of_the_system_the_temporary_one_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    assert sessions.runtime_folder().is_dir()
