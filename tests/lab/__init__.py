# SPDX-License-Identifier: ISC
"""A throw-away mail host for tests: `from lab import Lab`; see lab.py."""

from .imap import ImapError
from .lab import Lab, LabError
from .milter import milter_conf
from .policyd import policyd_conf
from .smtp import Reply, SmtpSession

__all__ = ["ImapError", "Lab", "LabError", "Reply", "SmtpSession",
           "milter_conf", "policyd_conf"]
