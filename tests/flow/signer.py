# SPDX-License-Identifier: ISC
"""Keys, signatures made and judged by python3-dkim: nothing of ours in it."""

import base64
import subprocess

import dkim
import nacl.signing

# What python3-dkim covers by default would include fields that mail servers
# add on the way.
COVERED = [b"from", b"to", b"subject", b"date", b"message-id"]


def openssl(*argv, data=b""):
    return subprocess.run(["openssl", *argv], input=data, check=True,
                          capture_output=True).stdout


def new_rsa(bits=2048):
    """(private key as PEM, DNS record)."""
    pem = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt",
                  f"rsa_keygen_bits:{bits}")
    der = openssl("rsa", "-pubout", "-outform", "DER", data=pem)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


class Signer:
    """A domain with an RSA key s1 and an Ed25519 key e1 in its zone."""

    def __init__(self, domain="sender.test"):
        self.domain = domain
        self.rsa, self.rsa_record = new_rsa()
        seed = nacl.signing.SigningKey.generate()
        self.ed = base64.b64encode(bytes(seed))
        public = base64.b64encode(bytes(seed.verify_key)).decode()
        self.ed_record = f"v=DKIM1; k=ed25519; p={public}"

    def zone(self, *more_selectors):
        """DNS for Lab; all further selectors have the RSA key."""
        records = {f"{name}._domainkey.{self.domain} TXT": self.rsa_record
                   for name in ("s1", *more_selectors)}
        records[f"e1._domainkey.{self.domain} TXT"] = self.ed_record
        return records

    def field(self, data, canon="relaxed/relaxed", selector="s1",
              covered=COVERED, domain=None, **options):
        """The DKIM-Signature field of DATA, with its CRLF; in the name of
        another domain, if that is given."""
        is_ed = selector.startswith("e")
        return dkim.sign(
            data, selector.encode(), (domain or self.domain).encode(),
            self.ed if is_ed else self.rsa,
            canonicalize=tuple(canon.encode().split(b"/")),
            signature_algorithm=b"ed25519-sha256" if is_ed else b"rsa-sha256",
            include_headers=covered, **options)

    def sign(self, data, *args, **options):
        return self.field(data, *args, **options) + data


class Judge:
    """python3-dkim as the receiver of what we signed."""

    def __init__(self, records):
        self.records = records      # {"selector._domainkey.domain": text}

    def lookup(self, name, timeout=5):
        text = self.records.get(name.decode().rstrip(".").lower())
        return text and text.encode()

    def verdicts(self, data):
        """{"algorithm domain": does it verify?} of every signature."""
        count = len(dkim.DKIM(data).headers)
        total = sum(name.lower() == b"dkim-signature"
                    for name, _ in dkim.DKIM(data).headers)
        assert count
        found = {}
        for i in range(total):
            judge = dkim.DKIM(data)
            try:
                good = judge.verify(idx=i, dnsfunc=self.lookup)
            except dkim.DKIMException as error:
                good = str(error)
            sig = judge.signature_fields
            found[f"{sig[b'a'].decode()} {sig[b'd'].decode()}"] = good
        return found
