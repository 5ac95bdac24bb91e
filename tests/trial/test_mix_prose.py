"""What stands above the results of a mix."""

from regraft.trial.mix_prose import mix_sentences
from regraft.trial.protocol import load_protocol


def test_a_mix_of_regimens_says_how_many_get_which_and_what_is_the_same_for_all(tmp_path):
    path = tmp_path / "mine.toml"
    parts = 'name = "mine"\n[[mix]]\nshare = 0.6\n[[mix]]\nregimen = "beam-atg"\nshare = 0.4\n'
    path.write_text(f'like = "cy-atg"\n{parts}', encoding="utf-8")
    (said,) = mix_sentences(load_protocol(path))
    assert said.startswith("A mix of regimens: 60% the conditioning of mine, 40% beam-atg; mobilisation, graft and ")


def test_only_arms_that_are_a_mix_are_said():
    (said,) = mix_sentences(load_protocol("mist-2019-randomised"))
    assert said.startswith("Arm “drugs”: a mix: 22 of 76 natalizumab")
    assert list(mix_sentences(load_protocol("ram-ms"))) == []
    assert list(mix_sentences(load_protocol("atkins-2016"))) == []
