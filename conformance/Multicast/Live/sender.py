"""Sends ten datagrams to each group: device, then groups."""
import socket
import struct
import sys
import time

index = socket.if_nametoindex(sys.argv[1])
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack('=4s4si', bytes(4), bytes(4), index))
four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
for i in range(10):
    for group in sys.argv[2:]:
        (six if ':' in group else four).sendto(b'x' * 300, (group, 7000))
    time.sleep(0.02)
