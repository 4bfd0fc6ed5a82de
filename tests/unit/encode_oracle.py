# SPDX-License-Identifier: ISC
"""encode_oracle.py - messages to encode, and python's email package on them.

usage: encode_oracle.py make DIRECTORY [DATA]
       encode_oracle.py check DIRECTORY

make writes N.eml: generated ones, and those below DATA as they are and with
8-bit octets in their text. check compares each N.before with its N.after (same
structure, same content once decoded, all else octet by octet) and prints how
many there were, and what differs."""
import email
import glob
import itertools
import random
import re
import sys
import tarfile

GENERATED = 600
SAMPLE = 200        # of each corpus
PLAIN = [None, '7bit', '8bit', 'binary']
TYPES = [None, 'text/plain; charset=utf-8', 'text/html', 'image/png',
         'application/octet-stream; name="a b"', 'message/rfc822']


class Generator:
    """Messages of all shapes, the same ones each time."""

    def __init__(self):
        self.random = random.Random(20261120)
        self.boundaries = 0

    def line(self):
        alphabet = self.random.choice([
            b'ab =-.\t', b'abc \xc3\xa4', bytes(set(range(256)) - {10, 13})])
        length = self.random.choice([0, 3, 40, 75, 76, 77, 200, 1000])
        return bytes(self.random.choices(alphabet, k=length))

    def content(self):
        lines = [self.line() for _ in range(self.random.randint(0, 6))]
        return b'\r\n'.join(lines)

    def leaf(self):
        kind = self.random.choice(TYPES)
        if kind == 'message/rfc822':
            return self.entity(kind, None, b'Subject: x\r\n\r\nwords = \r\n')
        transfer = self.random.choice(PLAIN + ['base64'])
        content = self.content()
        return self.entity(kind, transfer,
                           b'TWFpbA==' if transfer == 'base64' else content)

    def entity(self, kind, transfer, content):
        fields = [f'Content-Type: {kind}'] * (kind is not None)
        fields += [f'Content-Transfer-Encoding: {transfer}'
                   ] * (transfer is not None)
        fields += ['X-Other: some\r\n\tfold'] * self.random.randint(0, 1)
        self.random.shuffle(fields)
        head = ''.join(f'{field}\r\n' for field in fields)
        return head.encode() + b'\r\n' + content

    def multipart(self, depth):
        self.boundaries += 1
        boundary = self.random.choice(['=_{}', "b'(){}+_,-./:=? {}"]).format(
            self.boundaries, self.boundaries)
        delimiter = b'\r\n--' + boundary.encode()
        content = self.random.choice([b'', b'preamble = '])
        for _ in range(self.random.randint(1, 4)):
            content += delimiter + self.random.choice([b'', b' \t']) \
                + b'\r\n' + self.any(depth + 1)
        content += self.random.choice([b'', delimiter + b'--',
                                       delimiter + b'--\r\nepilogue '])
        return self.entity(f'multipart/mixed; boundary="{boundary}"',
                           self.random.choice(PLAIN), content)

    def any(self, depth=0):
        if depth < 4 and self.random.random() < 0.5:
            return self.multipart(depth)
        return self.leaf()

    def message(self):
        return b'MIME-Version: 1.0\r\n' + self.any() + b'\r\n'


def real_messages(data):
    for name in sorted(glob.glob(f'{data}/mime/**', recursive=True)):
        if re.search(r'\.(msg|txt|eml)$', name):
            with open(name, 'rb') as file:
                yield file.read()
    for name in sorted(glob.glob(f'{data}/corpora/*/*.tar.gz')):
        with tarfile.open(name) as tar:
            members = (member for member in tar if member.isfile())
            for member in itertools.islice(members, SAMPLE):
                yield tar.extractfile(member).read()


def make(directory, data=None):
    generator = Generator()
    messages = [generator.message() for _ in range(GENERATED)]
    if data is not None:
        for message in real_messages(data):
            messages += [message, message.replace(b' the ', b' th\xe9 ')]
    for number, message in enumerate(messages):
        with open(f'{directory}/{number}.eml', 'wb') as file:
            file.write(message)


def described(data):
    """All that must stay, and the octets of each part once decoded."""
    found = []
    for part in email.message_from_bytes(data).walk():
        others = [(name, value) for name, value in part.items() if name.lower()
                  not in ('content-transfer-encoding', 'mime-version')]
        found.append((others, part.preamble, part.epilogue,
                      part.is_multipart() or part.get_payload(decode=True)))
    return found


def check(directory):
    count = different = 0
    for after_name in sorted(glob.glob(f'{directory}/*.after')):
        before_name = after_name.replace('.after', '.before')
        with open(before_name, 'rb') as file:
            before = described(file.read())
        with open(after_name, 'rb') as file:
            data = file.read()
        body = data.partition(b'\r\n\r\n')[2]
        good = (described(data) == before and body.isascii()
                and all(len(line) <= 998 for line in body.split(b'\r\n')))
        count += 1
        if not good:
            different += 1
            print('differs:', before_name)
    print(f'{count} encoded, {different} differ')


if __name__ == '__main__':
    {'make': make, 'check': check}[sys.argv[1]](*sys.argv[2:])
