"""Joins groups with real sockets and counts what the wire and what the sockets bring.

Arguments: device, what to join, what to leave after the first round; lists with blanks. GROUP joins for all sources, GROUP,SOURCE for one, GROUP,!SOURCE
for all but one. Each round counts until the sender's last word has come, a broadcast to port 7001, and prints one line.
"""
import collections
import socket
import struct
import sys
import time

device, joins, leaves = sys.argv[1], sys.argv[2].split(), sys.argv[3].split()
JOIN, BLOCK, JOIN_SOURCE = 42, 43, 46  # MCAST_JOIN_GROUP and its like, of both families (RFC 3678 section 5.1)
index = socket.if_nametoindex(device)
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((device, 0))
wire.setblocking(False)
last = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
last.bind(('', 7001))
last.setblocking(False)
sockets = {}


def storage(address):
    if ':' in address:
        body = struct.pack('=HHI', socket.AF_INET6, 0, 0) + socket.inet_pton(socket.AF_INET6, address)
    else:
        body = struct.pack('=HH', socket.AF_INET, 0) + socket.inet_aton(address)
    return body.ljust(128, b'\0')


for join in joins:
    group, _, source = join.partition(',')
    six = ':' in group
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((group, 7000))
    s.setblocking(False)
    request = struct.pack('=II', index, 0) + storage(group)
    level = socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP
    if not source or source.startswith('!'):
        s.setsockopt(level, JOIN, request)
    if source:
        s.setsockopt(level, BLOCK if source.startswith('!') else JOIN_SOURCE, request + storage(source.lstrip('!')))
    sockets[group] = s


def drain(s, take):
    try:
        while True:
            take(s.recv(2048))
    except BlockingIOError:
        pass


def count(name):
    seen, got, words = collections.Counter(), collections.Counter(), []

    def look(f):
        if f[12:14] == b'\x08\0' and f[23] == 17 and f[30] & 0xf0 == 0xe0:
            seen[socket.inet_ntoa(f[30:34])] += 1
        elif f[12:14] == b'\x86\xdd' and f[20] == 17 and f[38] == 0xff:
            seen[socket.inet_ntop(socket.AF_INET6, f[38:54])] += 1
    print(name, 'ready', flush=True)
    end = time.time() + 60
    while not words and time.time() < end:
        time.sleep(0.01)
        # First the last word, then what was sent before it.
        drain(last, words.append)
        drain(wire, look)
        for group, s in sockets.items():
            drain(s, lambda _: got.update([group]))
    text = [' '.join(f'{group}={n}' for group, n in sorted(counts.items())) for counts in (seen, got)]
    print(name, 'wire', text[0], 'sockets', text[1], flush=True)


count('joined')
for group in leaves:
    sockets.pop(group).close()
count('left')
