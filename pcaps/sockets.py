"""Sockets that a shell has no program for: multicast senders and members, IPv6 extension headers. Standard library only.

  sockets.py send GROUP PORT COUNT --device DEV       datagrams to a group
  sockets.py join GROUP [SOURCE] --device DEV         membership for half a second, then leave
  sockets.py block GROUP SOURCE --device DEV          any-source membership that then blocks one source
  sockets.py extensions ADDRESS PORT --device DEV     UDP behind hop-by-hop and destination options
  sockets.py udp ADDRESS PORT BYTES [TTL]             one datagram of that size, ignoring the error that may come back
"""

import argparse
import socket
import struct
import sys
import time

# Numbers of linux/in.h and linux/in6.h that the socket module does not name.
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_LEAVE_GROUP = 42, 43, 45
MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 46, 47


def sockaddr_storage(address: str) -> bytes:
    if ":" in address:
        raw = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, address), 0)
    else:
        raw = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address))
    return raw.ljust(128, b"\0")


def family(address: str) -> tuple[int, int]:
    return (socket.AF_INET6, socket.IPPROTO_IPV6) if ":" in address else (socket.AF_INET, socket.IPPROTO_IP)


def group_req(device: str, *addresses: str) -> bytes:
    return struct.pack("=I4x", socket.if_nametoindex(device)) + b"".join(map(sockaddr_storage, addresses))


def send(o):
    af, _ = family(o.address[0])
    with socket.socket(af, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, o.device.encode())
        if af == socket.AF_INET:
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 16)
        else:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 16)
        for i in range(int(o.address[2])):
            s.sendto(b"datagram %d" % i, (o.address[0], int(o.address[1])))
            time.sleep(0.05)


def join(o):
    af, level = family(o.address[0])
    with socket.socket(af, socket.SOCK_DGRAM) as s:
        if len(o.address) > 1:
            s.setsockopt(level, MCAST_JOIN_SOURCE_GROUP, group_req(o.device, *o.address))
        else:
            s.setsockopt(level, MCAST_JOIN_GROUP, group_req(o.device, *o.address))
        time.sleep(o.hold)
        if len(o.address) > 1:
            s.setsockopt(level, MCAST_LEAVE_SOURCE_GROUP, group_req(o.device, *o.address))
        else:
            s.setsockopt(level, MCAST_LEAVE_GROUP, group_req(o.device, *o.address))


def block(o):
    af, level = family(o.address[0])
    with socket.socket(af, socket.SOCK_DGRAM) as s:
        s.setsockopt(level, MCAST_JOIN_GROUP, group_req(o.device, o.address[0]))
        time.sleep(o.hold)
        s.setsockopt(level, MCAST_BLOCK_SOURCE, group_req(o.device, *o.address))
        time.sleep(o.hold)


def extensions(o):
    padn = bytes([0, 0, 1, 4, 0, 0, 0, 0])                      # next header, length, PadN of 4 bytes
    long = bytes([0, 1, 1, 12]) + bytes(12)                     # 16 bytes of padding
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, o.device.encode())
        to = (o.address[0], int(o.address[1]))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, padn)
        s.sendto(b"hop-by-hop", to)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, long)
        s.sendto(b"hop-by-hop and destination options", to)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, b"")
        s.sendto(b"destination options", to)
        s.sendto(b"f" * 2000, to)                               # the same, fragmented


def udp(o):
    af, level = family(o.address[0])
    with socket.socket(af, socket.SOCK_DGRAM) as s:
        if len(o.address) > 3:
            s.setsockopt(level, socket.IP_TTL if af == socket.AF_INET else socket.IPV6_UNICAST_HOPS, int(o.address[3]))
        s.sendto(bytes(i & 0xFF for i in range(int(o.address[2]))), (o.address[0], int(o.address[1])))
        time.sleep(0.2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["send", "join", "block", "extensions", "udp"])
    parser.add_argument("address", nargs="+")
    parser.add_argument("--device", default="")
    parser.add_argument("--hold", type=float, default=0.5)
    options = parser.parse_args()
    sys.exit(globals()[options.what](options))
