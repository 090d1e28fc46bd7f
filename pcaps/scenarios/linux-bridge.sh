# Two Linux bridges that speak spanning tree, a station behind each, seen on the link between the bridges.
new_ns g1 b1 b2 g2
link b1 trunk0 02:00:00:00:40:01 b2 trunk0 02:00:00:00:40:02
capture b1 trunk0 linux-bridge.pcap
for i in 1 2; do
    ip_ns b$i link add bridge0 address 02:00:00:00:41:0$i type bridge stp_state 1 forward_delay 200 hello_time 100 max_age 600 mcast_snooping 0
    ip_ns b$i link set trunk0 master bridge0
    ip_ns b$i link set bridge0 up
    link g$i eth0 02:00:00:00:42:0$i b$i p0 02:00:00:00:43:0$i
    ip_ns b$i link set p0 master bridge0
    ip_ns g$i addr add 198.51.100.$i/24 dev eth0
    ip_ns g$i addr add 2001:db8:67::$i/64 dev eth0 nodad
done
settle g1 198.51.100.2
in_ns g1 ping -n -q -c 2 -i 0.2 -b 198.51.100.255 >/dev/null 2>&1 || true
in_ns g2 ping -n -q -c 2 -i 0.2 2001:db8:67::1
in_ns g2 ping -n -q -c 1 -I eth0 ff02::1
in_ns g1 python3 "$HERE/sockets.py" send 239.1.1.3 5001 2 --device eth0
sleep 1
stop_captures
describe linux-bridge.pcap <<YAML
summary: What passes between two Linux bridges with spanning tree, from the first BPDU to traffic of two stations.
provenance:
  program: Linux bridge
  version: "$(kernel_version)"
holds: configuration BPDUs (IEEE 802.3 frames with LLC), topology change, ARP, broadcast, neighbour discovery, MLDv2 reports, echo v4 and v6, multicast UDP
bridges: { b1: "02:00:00:00:41:01", b2: "02:00:00:00:41:02" }
stations:
  - { mac: "02:00:00:00:42:01", ipv4: 198.51.100.1, ipv6: "2001:db8:67::1" }
  - { mac: "02:00:00:00:42:02", ipv4: 198.51.100.2, ipv6: "2001:db8:67::2" }
YAML
