# TCP connections between two kernels with a third one between them that tracks them: how each ends, and what its tracker thought.
new_ns a r b
link a eth0 02:00:00:00:64:01 r eth0 02:00:00:00:64:02
link r eth1 02:00:00:00:64:03 b eth0 02:00:00:00:64:04
in_ns r sysctl -qw net.ipv4.ip_forward=1
ip_ns a addr add 192.0.2.1/25 dev eth0;   ip_ns a route add default via 192.0.2.2
ip_ns r addr add 192.0.2.2/25 dev eth0;   ip_ns r addr add 192.0.2.130/25 dev eth1
ip_ns b addr add 192.0.2.131/25 dev eth0; ip_ns b route add default via 192.0.2.130
in_ns r nft add table ip track
in_ns r nft 'add chain ip track seen { type filter hook forward priority 0 ; policy accept ; }'
in_ns r nft add rule ip track seen ct state new counter
settle a 192.0.2.131
capture a eth0 kernel-tcp.pcap tcp
background r conntrack -E -p tcp -o timestamp >"$SCRATCH/tracked"
sleep 1
background b python3 -c '
import socket, threading
def serve(port, closes_first):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("192.0.2.131", port))
    listener.listen(8)
    while True:
        peer, _ = listener.accept()
        peer.sendall(b"hello")
        if closes_first:
            peer.shutdown(socket.SHUT_WR)
        try:
            while peer.recv(100):
                pass
        except ConnectionResetError:
            pass
        peer.close()
threading.Thread(target=serve, args=(6001, False)).start()
serve(6002, True)'
sleep 1
in_ns a python3 -c '
import socket, struct, time
def connect(port, to):
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.settimeout(5)
    own.bind(("192.0.2.1", port))
    own.connect(("192.0.2.131", to))
    return own
first = connect(5001, 6001)                    # the client closes first
first.recv(100); first.sendall(b"x"); time.sleep(0.3); first.close(); time.sleep(0.3)
second = connect(5002, 6002)                   # the server closes first, the client talks on for a while
second.recv(100); second.recv(100); second.sendall(b"still here"); time.sleep(0.3); second.close(); time.sleep(0.3)
third = connect(5003, 6001)                    # the client aborts
third.recv(100); third.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); third.close(); time.sleep(0.3)
try: connect(5004, 6004)                       # nobody listens
except ConnectionRefusedError: pass
time.sleep(0.3)
again = connect(5002, 6002)                    # the ports of a connection that has just been closed
again.recv(100); again.recv(100); again.close(); time.sleep(0.5)
'
stop_captures
sleep 0.5
sed -n 's/^.*\(NEW\|UPDATE\).* \([A-Z_]\{4,\}\) src=192.0.2.1 .* sport=\([0-9]*\) dport=\(600[0-9]\) .*$/\3\t\2/p' "$SCRATCH/tracked" >"$OUT/kernel-tcp.states.tsv"
describe kernel-tcp.pcap <<YAML
summary: TCP connections between two kernels, closed from either side, aborted, refused and opened again.
provenance:
  program: Linux TCP and its connection tracking between (states in kernel-tcp.states.tsv, by conntrack $(debian_version conntrack))
  version: "$(kernel_version)"
holds: five connections by the client's port - 5001 closed by the client, 5002 by the server and then opened again, 5003 aborted, 5004 refused
hosts:
  - { name: client, ipv4: 192.0.2.1 }
  - { name: server, ipv4: 192.0.2.131 }
YAML
