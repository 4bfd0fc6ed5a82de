# SPDX-License-Identifier: ISC
"""dkim_oracle.py - what python3-dkim and Mail::DKIM say of a signed message.

usage: dkim_oracle.py MESSAGE ZONE; ZONE has lines `name TAB TXT TAB text`.
Prints a line for each verifier: its name, then a word for each signature."""
import subprocess
import sys

import dkim

# Mail::DKIM asks a resolver object; this one knows the zone and no network.
PERL = r"""
package Zone;
sub new { return bless {}, shift }
sub udppacketsize { return 4096 }
sub query { my ($self, $name, $type) = @_; return $self->send($name, $type) }
sub send {
    my ($self, $name) = @_;
    my $packet = Net::DNS::Packet->new($name, 'TXT');
    open my $zone, '<', $ARGV[1] or die;
    while (<$zone>) {
        chomp;
        my ($owner, $type, $text) = split /\t/;
        next unless lc $owner eq lc $name;
        $packet->push(answer => Net::DNS::RR->new(owner => $name,
            type => 'TXT', txtdata => [unpack '(a255)*', $text]));
    }
    return $packet;
}
package main;
use Net::DNS;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
Mail::DKIM::DNS::resolver(Zone->new);
my $verifier = Mail::DKIM::Verifier->new;
open my $message, '<:raw', $ARGV[0] or die;
$verifier->PRINT($_) while <$message>;
$verifier->CLOSE;
print join(' ', map { $_->result } $verifier->signatures), "\n";
"""


def by_python(message, zone):
    words = []
    count = sum(1 for name, _ in dkim.DKIM(message).headers
                if name.lower() == b'dkim-signature')
    for index in range(count):
        try:
            passed = dkim.DKIM(message, minkey=1024).verify(
                index, dnsfunc=lambda name, timeout=5:
                zone.get(name.decode().rstrip('.').lower()))
            words.append('pass' if passed else 'fail')
        except dkim.DKIMException as error:
            words.append(type(error).__name__)
    return words


def main():
    message_path, zone_path = sys.argv[1:]
    with open(zone_path, encoding='ascii') as file:
        lines = [line.rstrip('\n').split('\t') for line in file]
    zone = {name.lower(): text.encode() for name, _, text in lines}
    with open(message_path, 'rb') as file:
        print('python3-dkim', *by_python(file.read(), zone))
    perl = subprocess.run(['perl', '-e', PERL, message_path, zone_path],
                          capture_output=True, text=True, check=False)
    print('Mail::DKIM', perl.stdout.strip() or perl.stderr.strip())


if __name__ == '__main__':
    main()
