"""Plays hosts, a querier and a source at five ports of a switch, and prints what came out where: one line a probe, name and result apart by a tab.

Runs inside a namespace with the devices e0 ... e4, whose other ends are the switch's ports. The querier is at e4, the source at e0. A fence, a
broadcast frame that every other port must get, follows each frame: when it has arrived everywhere, so has all that was sent before it.

With the argument flood, one host joins more groups than anybody needs; without, everything else is tried.
"""
import socket
import struct
import sys
import time

PORTS = 5
ROUTER = 4
ports = []
for n in range(PORTS):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    s.bind((f'e{n}', 0))
    s.setblocking(False)
    ports.append(s)
counter = 0


def checksum(b):
    b += b'\0' * (len(b) & 1)
    total = sum(struct.unpack(f'!{len(b) // 2}H', b))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def mac(group):
    b = socket.inet_aton(group)
    return bytes([1, 0, 0x5e, b[1] & 127, b[2], b[3]])


def ipv4(source, destination, protocol, payload, ttl=1, alert=True):
    options = b'\x94\x04\0\0' if alert else b''
    h = struct.pack('!BBHHHBBH', 0x45 + len(options) // 4, 0xc0, 20 + len(options) + len(payload), 1, 0, ttl, protocol, 0)
    h += socket.inet_aton(source) + socket.inet_aton(destination) + options
    return b'\x08\0' + h[:10] + struct.pack('!H', checksum(h)) + h[12:] + payload


def igmp(kind, group, code=0, bad=0, tail=b''):
    m = struct.pack('!BBH', kind, code, 0) + socket.inet_aton(group) + tail
    return m[:2] + struct.pack('!H', checksum(m) ^ bad) + m[4:]


def record(kind, group, sources=(), aux=b''):
    return struct.pack('!BBH', kind, len(aux) // 4, len(sources)) + socket.inet_aton(group) + b''.join(map(socket.inet_aton, sources)) + aux


def report(*records, claimed=None):
    m = struct.pack('!BBHHH', 0x22, 0, 0, 0, len(records) if claimed is None else claimed) + b''.join(records)
    return m[:2] + struct.pack('!H', checksum(m)) + m[4:]


def ipv6(source, destination, next_header, payload, hops):
    a, b = socket.inet_pton(socket.AF_INET6, source), socket.inet_pton(socket.AF_INET6, destination)
    return b'\x86\xdd' + struct.pack('!IHBB', 0x60000000, len(payload), next_header, hops) + a + b + payload


def mld(body, source, destination, hops=1, alert=True, bad=0):
    a, b = socket.inet_pton(socket.AF_INET6, source), socket.inet_pton(socket.AF_INET6, destination)
    c = checksum(a + b + struct.pack('!II', len(body), 58) + body) ^ bad
    body = body[:2] + struct.pack('!H', c) + body[4:]
    return ipv6(source, destination, 0, bytes([58, 0, 5, 2, 0, 0, 1, 0]) + body, hops) if alert else ipv6(source, destination, 58, body, hops)


def mld_join(group, source='fe80::11', **how):
    body = struct.pack('!BBHHHBBH', 143, 0, 0, 0, 1, 4, 0, 0) + socket.inet_pton(socket.AF_INET6, group)
    transmit(1, bytes.fromhex('333300000016'), mld(body, source, 'ff02::16', **how))


def receive(seen):
    for n, s in enumerate(ports):
        try:
            while True:
                frame, address = s.recvfrom(2048)
                if address[2] != 4:  # PACKET_OUTGOING is our own
                    seen(n, frame)
        except BlockingIOError:
            pass


def send(port, frame):
    while True:
        try:
            ports[port].send(frame)
            return
        except (BlockingIOError, OSError):
            time.sleep(0.001)


def fence(port, seen=lambda n, frame: None):
    global counter
    counter += 1
    mark = b'\x88\xb5fence' + struct.pack('!I', counter)
    waiting = set(range(PORTS)) - {port}

    def look(n, frame):
        if frame[12:23] == mark:
            waiting.discard(n)
        else:
            seen(n, frame)
    deadline = time.monotonic() + 10
    send(port, b'\xff' * 6 + bytes([2, 0, 0, 0, 8, port]) + mark + bytes(37))
    while waiting:
        receive(look)
        if time.monotonic() > deadline:
            sys.exit(f'no fence from {port} at {waiting}')
        time.sleep(0.001)


def transmit(port, destination, packet, host=None):
    send(port, (destination + bytes([2, 0, 0, 0, 9, port if host is None else host]) + packet).ljust(60, b'\0'))
    fence(port)


def control(port, message, destination, ttl=1, alert=True, source=None, host=None):
    transmit(port, mac(destination), ipv4(source or f'10.0.0.{10 + port}', destination, 2, message, ttl, alert), host)


def join(port, group, **how):
    control(port, igmp(0x16, group), group, **how)


def data(group, source='10.0.0.1'):
    """The ports that got a datagram of e0's, without the router's."""
    global counter
    counter += 1
    tag = b'tag!' + struct.pack('!I', counter)
    payload = struct.pack('!HHHH', 7000, 7000, 8 + len(tag), 0) + tag
    if ':' in group:
        destination = b'\x33\x33' + socket.inet_pton(socket.AF_INET6, group)[12:]
        frame = destination + b'\2\0\0\0\x09\0' + ipv6(source, group, 17, payload, 8)
    else:
        frame = mac(group) + b'\2\0\0\0\x09\0' + ipv4(source, group, 17, payload, 8, alert=False)
    got = set()
    send(0, frame.ljust(60, b'\0'))
    fence(0, lambda n, f: got.add(n) if tag in f else None)
    return got


def places(got, router=True):
    names = [f'port {n}' for n in sorted(got) if n != ROUTER] + (['router'] if router and ROUTER in got else [])
    everybody = set(range(1, PORTS))
    return 'everybody' if got == everybody else ', '.join(names) or 'nobody'


def tell(name, result):
    print(f'{name}\t{result}', flush=True)


def taken(got, port=1):
    return 'taken' if port in got else 'refused'


def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def queries():
    control(ROUTER, igmp(0x11, '0.0.0.0', 10, tail=b'\x02\x7d\0\0'), '224.0.0.1', source='10.0.0.254')
    body = struct.pack('!BBHHH', 130, 0, 0, 1000, 0) + bytes(16) + b'\x02\x7d\0\0'
    transmit(ROUTER, bytes.fromhex('333300000001'), mld(body, 'fe80::fe', 'ff02::1'))


def rules():
    fence(0)
    tell('data that nobody joined, before any query', places(data('239.9.9.9')))
    queries()
    until(lambda: data('239.9.9.9') == data('ff15::99', '2001:db8::1') == {ROUTER}, 5)  # it takes effect late here and there
    tell('data that nobody joined, after a query', places(data('239.9.9.9')))
    tell('224.0.0.5, which belongs to the link', places(data('224.0.0.5')))
    join(1, '239.1.1.1')
    tell('IGMPv2 join at port 1', places(data('239.1.1.1')))
    tell('225.1.1.1, of the same MAC address', places(data('225.1.1.1')))
    control(2, report(record(3, '232.1.1.1', ['10.0.0.1'])), '224.0.0.22')
    tell('IGMPv3 at port 2: only 10.0.0.1; data of 10.0.0.1', places(data('232.1.1.1')))
    tell('IGMPv3 at port 2: only 10.0.0.1; data of 10.0.0.99', places(data('232.1.1.1', '10.0.0.99')))
    control(3, report(record(4, '239.3.3.3', ['10.0.0.1'])), '224.0.0.22')
    tell('IGMPv3 at port 3: all but 10.0.0.1; data of 10.0.0.1', places(data('239.3.3.3')))
    tell('IGMPv3 at port 3: all but 10.0.0.1; data of 10.0.0.99', places(data('239.3.3.3', '10.0.0.99')))
    control(1, igmp(0x16, '239.5.5.5', bad=1), '239.5.5.5')
    tell('join with a wrong IGMP checksum', taken(data('239.5.5.5')))
    join(1, '239.6.6.6', ttl=64)
    tell('join with TTL 64', taken(data('239.6.6.6')))
    join(1, '239.7.7.7', alert=False)
    tell('join without router alert', taken(data('239.7.7.7')))
    control(1, report(record(4, '239.8.8.8'), claimed=50), '224.0.0.22')
    tell('report that claims 50 records and holds one', taken(data('239.8.8.8')))
    control(1, report(record(9, '239.20.0.1'), record(4, '239.20.0.2')), '224.0.0.22')
    tell('a record behind one of unknown type', taken(data('239.20.0.2')))
    control(1, report(record(4, '239.22.0.1', aux=b'aux!'), record(4, '239.22.0.2')), '224.0.0.22')
    tell('a record behind one with auxiliary data', taken(data('239.22.0.2')))
    control(1, report(record(6, '239.21.0.1', ['10.0.0.1'])), '224.0.0.22')
    tell('BLOCK for a group that nobody joined', 'joins' if 1 in data('239.21.0.1', '10.0.0.99') else 'nothing')
    transmit(1, bytes.fromhex('01005e010101'), ipv4('10.0.0.11', '10.1.1.1', 2, igmp(0x16, '10.1.1.1')))
    control(3, igmp(0x11, '0.0.0.0', 10), '224.0.0.1', source='0.0.0.0')
    tell('query from 0.0.0.0 at port 3; data that nobody joined', places(data('239.9.9.9')))
    join(2, '239.12.0.1', host=21)
    join(2, '239.12.0.1', host=22)
    control(2, igmp(0x17, '239.12.0.1'), '224.0.0.2', host=21)
    tell('one of two hosts at a port leaves', 'both are cut off at once' if until(lambda: 2 not in data('239.12.0.1'), 0.7) else 'the other goes on')
    for name, group, how in [
        ('MLDv2 join', 'ff15::a1', {}),
        ('MLDv2 join without router alert', 'ff15::a2', {'alert': False}),
        ('MLDv2 join from a global address', 'ff15::a3', {'source': '2001:db8::11'}),
        ('MLDv2 join with hop limit 64', 'ff15::a4', {'hops': 64}),
        ('MLDv2 join with a wrong checksum', 'ff15::a5', {'bad': 1}),
    ]:
        mld_join(group, **how)
        tell(name, taken(data(group, '2001:db8::1')))
    mld_join('ff01::5')


def flood():
    queries()
    join(2, '239.1.1.1')
    for i in range(4097):
        g = f'239.{100 + (i >> 8)}.{i & 255}.1'
        send(1, (mac(g) + b'\2\0\0\0\x09\1' + ipv4('10.0.0.11', g, 2, igmp(0x16, g))).ljust(60, b'\0'))
        if i % 64 == 63:
            fence(1)
    fence(1)
    time.sleep(0.5)
    tell('4,097 joins at port 1; data that nobody joined', places(data('239.9.9.9')))
    tell('4,097 joins at port 1; what port 2 joined before', 'goes on' if 2 in data('239.1.1.1') else 'is lost')


flood() if sys.argv[1:] == ['flood'] else rules()
