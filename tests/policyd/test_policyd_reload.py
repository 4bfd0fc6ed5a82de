# SPDX-License-Identifier: ISC
"""A configuration that takes long to read keeps nobody waiting."""

import threading

import pytest
from lab.milter import CtlError
from policyhost import PolicyHost

LINES = 500000
DENY = 'access all { client 0.0.0.0/0; action deny; text "no"; }\n'


@pytest.fixture(scope="module", name="big_map")
def big_map_fixture(tmp_path_factory):
    """The configuration that names it; the last line is a.sender's."""
    path = tmp_path_factory.mktemp("map") / "senders"
    path.write_text("".join(f"user{n}@d{n % 5000}.test\n"
                            for n in range(LINES)) + "a@sender.test\n")
    return f'access big {{ sender_map "{path}"; action deny; text "big"; }}\n'


class Reload:
    """Asked for on the control socket, by a thread."""

    def __init__(self, policyd):
        self.policyd = policyd
        self.said = None
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self):
        try:
            self.said = self.policyd.ctl("reload")
        except CtlError as error:
            self.said = str(error)

    def end(self):
        self.thread.join()
        return self.said


def test_requests_are_answered_while_a_large_map_is_read(tmp_path, big_map):
    with PolicyHost(tmp_path) as policyd, policyd.connect() as postfix:
        policyd.configure(more=big_map)
        reload = Reload(policyd)
        answers = []
        while reload.thread.is_alive():
            answers.append(postfix.ask())
        assert reload.end() == '"reloaded"\n'
        assert len(answers) > 20
        assert postfix.ask().endswith("refused: big")
        # Until then the old one was in force.
        assert answers[:20] == ["DUNNO"] * 20
        print(f"{len(answers)} answers meanwhile")


def test_what_changes_while_it_is_read_is_read_next(tmp_path, big_map):
    with PolicyHost(tmp_path) as policyd, policyd.connect() as postfix:
        policyd.configure(more=big_map)
        reloads = [Reload(policyd) for _ in range(3)]
        while all(one.thread.is_alive() for one in reloads) and \
                postfix.ask() == "DUNNO":
            pass
        policyd.configure(more=DENY)
        assert policyd.ctl("reload") == '"reloaded"\n'
        assert postfix.ask(sender="else@sender.test").endswith("refused: no")
        assert [one.end() for one in reloads] == ['"reloaded"\n'] * 3
        # Those who wait together share one.
        assert 2 <= policyd.figure("reloads_total") <= 4


def test_each_is_told_what_became_of_his(tmp_path):
    with PolicyHost(tmp_path, more=DENY) as policyd, \
            policyd.connect() as postfix:
        policyd.configure(more="access x { action deny; }\n")
        with pytest.raises(CtlError, match="refused .*it names nobody"):
            policyd.ctl("reload")
        policyd.configure(more="")
        assert postfix.ask().endswith("refused: no")
        assert policyd.ctl("reload") == '"reloaded"\n'
        assert postfix.ask() == "DUNNO"
        assert policyd.figure("reloads_total") == 1
        assert policyd.figure("reloads_refused_total") == 1


def test_a_stop_amid_a_reload_ends_well(tmp_path, big_map):
    with PolicyHost(tmp_path) as policyd:
        policyd.configure(more=big_map)
        reloads = [Reload(policyd) for _ in range(2)]
        policyd.ctl("ping")
        assert policyd.term() == 0
        assert "stopped" in policyd.log()
        for reload in reloads:
            reload.end()
