# SPDX-License-Identifier: ISC
"""A publisher of rules: keys, archives, and servers that have them."""

import gzip
import hashlib
import http.server
import io
import ssl
import subprocess
import tarfile
import threading


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
    def log_message(self, *words):
        self.server.asked.append(self.path)


class Mirror:
    """A folder behind HTTPS, by a certificate of its own."""

    def __init__(self, folder, root):
        self.certificate = folder / "mirror.pem"
        key = folder / "mirror.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key),
             "-out", str(self.certificate), "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0),
            lambda *words: Quiet(*words, directory=str(root)))
        self.server.asked = []
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def asked(self):
        return self.server.asked

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
