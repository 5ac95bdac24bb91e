import pytest

from regraft.core.errors import SettingsProblem
from regraft.report import claims
from regraft.report.claims import load_claims


def test_the_claims_about_atkins_cover_the_four_corrections():
    claims = load_claims("atkins-2016")
    assert len(claims) == 4
    assert "2.3 times" in claims[0].found
    assert "8 of 23" in claims[1].found
    assert all(claim.source for claim in claims)


def test_a_trial_without_a_popular_account_has_no_claims():
    assert load_claims("halt-ms") == ()
    assert load_claims(None) == ()


def test_a_claim_without_its_source_is_refused(tmp_path, monkeypatch):
    (tmp_path / "x.toml").write_text('[[claim]]\nsays = "a"\nfound = "b"\n')
    monkeypatch.setattr(claims, "FOLDER", tmp_path)
    with pytest.raises(SettingsProblem, match=r"claim\[0\]\.source"):
        load_claims("x")
