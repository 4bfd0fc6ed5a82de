# SPDX-License-Identifier: ISC
"""What a worker may do: proven by what the kernel says of it, and by making one
do what it may not."""

import ctypes
import os
import re
import signal
import struct
import subprocess
from pathlib import Path

import pytest
from archives import zip_of
from scanhost import ScanHost

SMALL = zip_of({"a.txt": b"hello"})


@pytest.fixture(scope="module")
def avscan(tmp_path_factory):
    with ScanHost(tmp_path_factory.mktemp("avscan"), workers=1,
                  worker_memory="64m", deadline="60s") as host:
        assert host.scan(SMALL).names() == ["a.txt"]
        yield host


def worker(host):
    [pid] = host.workers()
    return pid


def status(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"(?m)^(\w+):\t(.*)$", text))


def zygote_of(host):
    return int(status(worker(host))["PPid"])


def test_system_calls_are_filtered_and_privileges_gone(avscan):
    said = status(worker(avscan))
    assert said["Seccomp"] == "2"
    assert said["NoNewPrivs"] == "1"
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(said[name], 16) == 0, name


def test_it_has_no_descriptor_but_its_own(avscan):
    for pid in (worker(avscan), zygote_of(avscan)):
        links = {int(entry.name): os.readlink(entry)
                 for entry in Path(f"/proc/{pid}/fd").iterdir()}
        assert [links.pop(n) for n in range(3)] == ["/dev/null"] * 3
        assert links.pop(3).startswith("socket:")
        assert set(links.values()) <= {"anon_inode:[signalfd]"}


def test_it_has_limits(avscan):
    text = Path(f"/proc/{worker(avscan)}/limits").read_text()
    limits = dict(re.findall(r"(?m)^Max ([a-z ]+?) {2,}(\S+)", text))
    assert limits["file size"] == limits["core file size"] == "0"
    assert limits["processes"] == "0"
    assert int(limits["open files"]) <= 8
    assert limits["cpu time"] != "unlimited"
    size = int(status(worker(avscan))["VmSize"].split()[0]) * 1024
    assert int(limits["address space"]) <= size + 80 * 1024 * 1024


def test_it_cannot_be_looked_into_by_its_own_user(avscan):
    """PR_SET_DUMPABLE 0: its files below /proc belong to root."""
    assert os.stat(f"/proc/{worker(avscan)}/mem").st_uid == 0


def test_its_network_is_empty(avscan):
    own = os.readlink("/proc/self/ns/net")
    if os.readlink(f"/proc/{worker(avscan)}/ns/net") == own:
        pytest.skip("this host lets nobody have a network of his own")
    devices = Path(f"/proc/{worker(avscan)}/net/dev").read_text()
    assert re.findall(r"(?m)^\s*(\w+):", devices) == ["lo"]


def test_it_opens_no_file(avscan):
    """strace sees each call: what is tried fails, and nothing is opened."""
    if not Path("/usr/bin/strace").exists():
        pytest.skip("there is no strace")
    pid = worker(avscan)
    trace = subprocess.Popen(
        ["strace", "-f", "-e", "trace=%file,%network,%process", "-p",
         str(pid)], stderr=subprocess.PIPE, text=True)
    assert "attached" in trace.stderr.readline()
    assert avscan.scan(SMALL).names() == ["a.txt"]
    trace.send_signal(signal.SIGINT)
    lines = trace.communicate()[1].splitlines()
    assert not [line for line in lines if re.match(r"open.*= \d", line)]


# --- what it may not do -----------------------------------------------------

class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax "
        "rip cs eflags rsp ss fs_base gs_base ds es fs gs").split()]


PTRACE_GETREGS, PTRACE_SETREGS = 12, 13
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
PTRACE_SINGLESTEP, PTRACE_POKETEXT, PTRACE_PEEKTEXT = 9, 4, 1
CALLS = {"socket": (41, 2, 1, 0), "fork": (57,), "execve": (59,),
         "ptrace": (101,), "kill": (62, 1, 9), "clone": (56, 17),
         "connect": (42, 3), "unlink": (87,), "mprotect to code": (10, 0, 0, 7),
         "process_vm_readv": (310,), "io_uring_setup": (425,), "bpf": (321,)}


def libc():
    lib = ctypes.CDLL(None, use_errno=True)
    lib.ptrace.restype = ctypes.c_long
    lib.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p,
                           ctypes.c_void_p]
    return lib


def call_in(pid, call):
    """Make the process do this system call, as one who owns it would: its next
    instruction becomes one."""
    lib = libc()
    regs = Registers()
    assert lib.ptrace(PTRACE_SEIZE, pid, None, None) == 0
    assert lib.ptrace(PTRACE_INTERRUPT, pid, None, None) == 0
    os.waitpid(pid, 0x40000000)     # __WALL
    assert lib.ptrace(PTRACE_GETREGS, pid, None, ctypes.addressof(regs)) == 0
    # It sleeps in recvmsg: the instruction before rip is syscall.
    word = lib.ptrace(PTRACE_PEEKTEXT, pid, regs.rip - 2, None)
    assert struct.pack("<q", word)[:2] == b"\x0f\x05"
    regs.rip -= 2
    regs.rax, regs.orig_rax = call[0], 0xffffffffffffffff
    for name, value in zip(("rdi", "rsi", "rdx"), call[1:]):
        setattr(regs, name, value)
    assert lib.ptrace(PTRACE_SETREGS, pid, None, ctypes.addressof(regs)) == 0
    assert lib.ptrace(PTRACE_DETACH, pid, None, None) == 0


@pytest.mark.parametrize("call", CALLS)
def test_a_forbidden_call_is_the_end_of_it(avscan, call):
    if os.uname().machine != "x86_64" or os.getuid() != 0:
        pytest.skip("only root on amd64 can make it do so")
    pid = worker(avscan)
    assert avscan.scan(SMALL).names() == ["a.txt"]
    call_in(pid, CALLS[call])
    avscan.wait(lambda: f"worker pid={pid} ended without a file: signal=31 "
                "(a forbidden system call)" in avscan.log(), "its end")
    assert avscan.scan(SMALL).names() == ["a.txt"]


def test_a_file_that_is_asked_for_is_not_there(avscan):
    """open() fails; it does not kill, for libraries try it."""
    if os.uname().machine != "x86_64" or os.getuid() != 0:
        pytest.skip("only root on amd64 can make it do so")
    pid = worker(avscan)
    call_in(pid, (2, 0))
    # What it returns is no length of a message: it takes it for an error.
    avscan.wait(lambda: f"worker pid={pid} ended without a file: status=0"
                in avscan.log(), "its end")
    assert avscan.scan(SMALL).names() == ["a.txt"]
