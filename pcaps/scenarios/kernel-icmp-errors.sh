# A router between two hosts, the far link narrower: every common ICMP error of both families, with the quoted packet.
new_ns a r b
link a eth0 02:00:00:00:61:01 r eth0 02:00:00:00:61:02
link r eth1 02:00:00:00:61:03 b eth0 02:00:00:00:61:04
ip_ns r link set eth1 mtu 1400
ip_ns b link set eth0 mtu 1400
in_ns r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
in_ns b sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
ip_ns a addr add 192.0.2.1/25 dev eth0;   ip_ns a addr add 2001:db8:7::1/64 dev eth0 nodad
ip_ns r addr add 192.0.2.2/25 dev eth0;   ip_ns r addr add 2001:db8:7::2/64 dev eth0 nodad
ip_ns r addr add 192.0.2.130/25 dev eth1; ip_ns r addr add 2001:db8:8::2/64 dev eth1 nodad
ip_ns b addr add 192.0.2.131/25 dev eth0; ip_ns b addr add 2001:db8:8::3/64 dev eth0 nodad
ip_ns a route add default via 192.0.2.2;   ip_ns a -6 route add default via 2001:db8:7::2
ip_ns b route add default via 192.0.2.130; ip_ns b -6 route add default via 2001:db8:8::2
ip_ns r route add prohibit 203.0.113.0/24; ip_ns r -6 route add prohibit 2001:db8:bad::/64
capture a eth0 kernel-icmp-errors.pcap
settle a 192.0.2.131
settle a 2001:db8:8::3
for to in 192.0.2.131 2001:db8:8::3; do
    in_ns a python3 "$HERE/sockets.py" udp $to 33434 64
    in_ns a python3 "$HERE/sockets.py" udp $to 33434 64 1
    in_ns a ping -n -q -c 2 -i 0.2 -W 0.5 -M do -s 1440 $to >/dev/null || true
done
for to in 203.0.113.9 2001:db8:bad::9 198.51.100.9 2001:db8:ffff::9; do in_ns a ping -n -q -c 1 -W 0.5 $to >/dev/null || true; done
ip_ns r addr add 192.0.2.3/25 dev eth0
ip_ns a route add 198.51.100.64/26 via 192.0.2.2
ip_ns r route add 198.51.100.64/26 via 192.0.2.1
in_ns r sysctl -qw net.ipv4.conf.all.send_redirects=1
in_ns a ping -n -q -c 1 -W 0.5 -t 5 198.51.100.70 >/dev/null || true
stop_captures
describe kernel-icmp-errors.pcap <<YAML
summary: ICMP and ICMPv6 errors by the kernel, each quoting the packet that caused it.
provenance:
  program: Linux IPv4 and IPv6 stack as host and router (ping $(debian_version iputils-ping))
  version: "$(kernel_version)"
holds: port, network and host unreachable, prohibited, fragmentation needed and packet too big (MTU 1400), time exceeded, redirect
hosts:
  - { name: a, mac: "02:00:00:00:61:01", ipv4: 192.0.2.1, ipv6: "2001:db8:7::1" }
  - { name: router, mac: "02:00:00:00:61:02", ipv4: 192.0.2.2, ipv6: "2001:db8:7::2" }
  - { name: b, ipv4: 192.0.2.131, ipv6: "2001:db8:8::3" }
YAML
