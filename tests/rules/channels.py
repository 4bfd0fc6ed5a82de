# SPDX-License-Identifier: ISC
"""A publisher of rules: keys, archives, and servers that have them."""

import gzip
import hashlib
import http.server
import io
import shutil
import ssl
import subprocess
import tarfile
import threading

import pytest

needs_gpg = pytest.mark.skipif(
    not (shutil.which("gpg") and shutil.which("gpgv")),
    reason="gpg and gpgv are not installed: run scripts/setup")


def tar_of(files, links=()):
    """An archive as sa-update's channels have them: files without folders."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w",
                      format=tarfile.USTAR_FORMAT) as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
        for name, target in links:
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.SYMTYPE
            entry.linkname = target
            tar.addfile(entry)
    return gzip.compress(packed.getvalue())


class Publisher:
    """Signs what it puts in its folder."""

    def __init__(self, folder, name="Rules"):
        self.home = folder / f"{name}.gnupg"
        self.home.mkdir(mode=0o700)
        self.folder = folder / f"{name}.channel"
        self.folder.mkdir()
        self.gpg("--quick-generate-key", f"{name} <rules@example.org>",
                 "ed25519", "sign", "never")
        self.keyring = folder / f"{name}.asc"
        self.keyring.write_bytes(self.gpg("--armor", "--export"))

    def gpg(self, *words, **more):
        done = subprocess.run(
            ["gpg", "--homedir", str(self.home), "--batch", "--passphrase",
             "", "--pinentry-mode", "loopback", *words],
            capture_output=True, check=True, **more)
        return done.stdout

    def sign(self, data):
        return self.gpg("--armor", "--detach-sign", "--output", "-", "-",
                        input=data)

    def put(self, version, archive):
        path = self.folder / f"{version}.tar.gz"
        path.write_bytes(archive)
        (self.folder / f"{path.name}.sha512").write_text(
            f"{hashlib.sha512(archive).hexdigest()}  {path.name}\n")
        (self.folder / f"{path.name}.asc").write_bytes(self.sign(archive))
        return path

    def publish(self, version, **files):
        """Rules by file name, `_` for the dot before cf."""
        return self.put(version, tar_of(
            {f"{name}.cf": text for name, text in files.items()}))

    def stop(self):
        """The agent that gpg leaves behind."""
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill",
                        "all"], check=False)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; a path that `answers` has is answered by that."""

    def do_GET(self):
        self.server.asked.append(self.path)
        answer = self.server.answers.get(self.path)
        if answer is None:
            super().do_GET()
        else:
            answer(self)

    def log_message(self, *words):
        pass


def half_of(path):
    """The first half of a file, and the connection ends."""
    def answer(handler):
        data = path.read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[:len(data) // 2])
        handler.wfile.flush()
        handler.close_connection = True
    return answer


def redirect_to(url):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.end_headers()
    return answer


def fails_with(status):
    def answer(handler):
        handler.send_error(status)
    return answer


def endless(handler):
    """It gives as long as somebody takes."""
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b"2" * 65536)
    except OSError:
        pass


def make_authority(folder):
    """Certificate and key of who vouches for servers."""
    certificate, key = folder / "authority.pem", folder / "authority.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key),
         "-out", str(certificate), "-days", "2", "-subj", "/CN=Authority"],
        check=True, capture_output=True)
    return certificate, key


def make_server(folder, authority, name):
    """Certificate and key of a server of that name."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    request, more = folder / f"{name}.csr", folder / f"{name}.ext"
    more.write_text(f"subjectAltName=DNS:{name}\n")
    subprocess.run(
        ["openssl", "req", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key),
         "-out", str(request), "-subj", f"/CN={name}"],
        check=True, capture_output=True)
    subprocess.run(
        ["openssl", "x509", "-req", "-in", str(request), "-CA",
         str(authority[0]), "-CAkey", str(authority[1]), "-CAcreateserial",
         "-days", "2", "-extfile", str(more), "-out", str(certificate)],
        check=True, capture_output=True)
    return certificate, key


class Mirror:
    """A folder behind HTTPS, at localhost by the certificate of NAME."""

    def __init__(self, folder, root, name="localhost", authority=None):
        folder.mkdir(exist_ok=True)
        authority = authority or make_authority(folder)
        self.certificate = authority[0]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*make_server(folder, authority, name))
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0),
            lambda *words: Quiet(*words, directory=str(root)))
        self.server.asked, self.server.answers = [], {}
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def asked(self):
        return self.server.asked

    @property
    def answers(self):
        """What a path has instead of its file: {"/100.tar.gz": half_of(…)}."""
        return self.server.answers

    def stop(self):
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
            self.server.server_close()
