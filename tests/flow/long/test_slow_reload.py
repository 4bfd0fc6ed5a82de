# SPDX-License-Identifier: ISC
"""Who asked for something that takes long is told what came of it."""

import os
import threading
import time

from policyhost import PolicyHost

# Longer than a silent control connection is kept (CTL_IDLE_MS).
READING_S = 32


def test_a_reload_of_half_a_minute_is_answered(tmp_path):
    path = tmp_path / "senders"
    os.mkfifo(path)

    def write_slowly():
        with open(path, "w") as pipe:
            time.sleep(READING_S)
            pipe.write("a@sender.test\n")

    with PolicyHost(tmp_path) as policyd, policyd.connect() as postfix:
        policyd.configure(more=f'access slow {{ sender_map "{path}"; '
                               'action deny; text "slow"; }\n')
        writer = threading.Thread(target=write_slowly)
        writer.start()
        assert policyd.ctl("reload") == '"reloaded"\n'
        writer.join()
        assert postfix.ask().endswith("refused: slow")
