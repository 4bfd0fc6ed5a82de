# SPDX-License-Identifier: ISC
"""crew.py - threads that keep at something while a test does something else."""

import threading


class Crew:
    """A thread for each of ARGUMENTS, which calls WORK with them as the block
    begins. WORK ends when is_over is set, at the end of the block."""

    def __init__(self, work, arguments):
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=work, args=one)
                        for one in arguments]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_exc):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
