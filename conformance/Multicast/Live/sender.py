"""Sends ten datagrams to each group, and then says to all that this was it: device, then groups."""
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
word = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
word.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
word.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
time.sleep(0.5)
word.sendto(b'end', ('255.255.255.255', 7001))
