"""`regraft protocol`: prose for people, one JSON document for programs."""

import json

from regraft.cli import protocol as command
from regraft.trial.protocol import list_protocols, load_protocol


def test_show_prints_the_prose_and_nothing_wider_than_a_page(capsys):
    command.show("atkins-2016")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Study description, not a prescription"
    assert max(map(len, lines)) <= 100


def test_show_as_json_holds_the_contents_of_the_file(capsys):
    command.show("atkins-2016", as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["notice"] == "Study description, not a prescription"
    assert document["protocol"]["conditioning"]["drug"][0]["dose"] == 0.8
    assert (
        document["protocol"]["accrual"]["data_cutoff"] == load_protocol("atkins-2016").accrual.data_cutoff.isoformat()
    )
    assert document["origins"] == load_protocol("atkins-2016").origins()


def test_list_names_every_protocol(capsys):
    command.list_command()
    shown = capsys.readouterr().out
    assert all(name in shown for name in list_protocols())
    command.list_command(as_json=True)
    names = [row["name"] for row in json.loads(capsys.readouterr().out)["protocols"]]
    assert tuple(names) == list_protocols()
