# A gateway between a tunnel and a LAN: the kernel's vxlan device and a port in one Linux bridge. Four captures of the
# gateway's two ports, what it received apart from what it sent, so that another switch can take its place and be compared.
new_ns h1 gw g2
in_ns gw sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
link h1 u1 02:00:00:00:50:01 gw wire0 02:00:00:00:50:02
link g2 eth0 02:00:00:00:51:02 gw lan0 02:00:00:00:52:01
ip_ns h1 addr add 192.0.2.31/24 dev u1
ip_ns gw addr add 192.0.2.32/24 dev wire0
ip_ns h1 link add vx500 address 02:00:00:00:51:01 mtu 1450 type vxlan id 500 local 192.0.2.31 remote 192.0.2.32 dstport 4789 dev u1
ip_ns gw link add vx500 mtu 1450 type vxlan id 500 local 192.0.2.32 remote 192.0.2.31 dstport 4789 dev wire0
ip_ns gw link add bridge0 type bridge stp_state 0 mcast_snooping 0
plain h1 vx500
plain gw vx500
for port in wire lan; do
    for way in in out; do
        capture gw ${port}0 vxlan-gateway-$port-$way.pcap -Q $way
    done
done
ip_ns gw link set vx500 master bridge0
ip_ns gw link set lan0 master bridge0
ip_ns gw link set bridge0 up
ip_ns gw link set vx500 up
ip_ns h1 link set vx500 up
ip_ns h1 addr add 198.51.100.41/24 dev vx500
ip_ns h1 addr add 2001:db8:68::41/64 dev vx500 nodad
ip_ns g2 link set eth0 mtu 1450
ip_ns g2 addr add 198.51.100.42/24 dev eth0
ip_ns g2 addr add 2001:db8:68::42/64 dev eth0 nodad
sleep 1
in_ns h1 ping -n -q -c 3 -i 0.2 198.51.100.42
in_ns g2 ping -n -q -c 2 -i 0.2 -s 1400 198.51.100.41
in_ns g2 ping -n -q -c 3 -i 0.2 2001:db8:68::41
in_ns h1 ping -n -q -b -c 2 -i 0.2 -W 0.3 198.51.100.255 2>/dev/null || true
in_ns g2 python3 "$HERE/sockets.py" send 239.1.1.5 5001 3 --device eth0
background g2 iperf3 -s -1 -B 198.51.100.42 --logfile "$SCRATCH/iperf"
sleep 0.5
in_ns h1 iperf3 -c 198.51.100.42 -n 100K >/dev/null
stop_captures
for port in wire lan; do
    for way in in out; do
        describe vxlan-gateway-$port-$way.pcap <<YAML
summary: A Linux bridge between the kernel's vxlan device and a LAN, what its $port port $([[ $way == in ]] && echo received || echo sent).
provenance:
  program: Linux bridge and vxlan device (traffic of ping and iperf3 $(debian_version iperf3))
  version: "$(kernel_version)"
holds: ARP, neighbour discovery, MLDv2 reports, echo v4 and v6, a broadcast echo, multicast UDP, one iperf3 TCP run
underlay:
  mtu: 1500
  h1: { mac: "02:00:00:00:50:01", vtep: 192.0.2.31 }
  gateway: { mac: "02:00:00:00:50:02", vtep: 192.0.2.32 }
segments:
  - { vni: 500, h1: { mac: "02:00:00:00:51:01", ipv4: 198.51.100.41, ipv6: "2001:db8:68::41" }, lan: { mac: "02:00:00:00:51:02", ipv4: 198.51.100.42, ipv6: "2001:db8:68::42" } }
YAML
    done
done
