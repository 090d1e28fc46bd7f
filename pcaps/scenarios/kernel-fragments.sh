# Fragments, IPv4 options and IPv6 extension headers by the kernel's own stack.
new_ns a b
link a eth0 02:00:00:00:60:01 b eth0 02:00:00:00:60:02
for n in a:1 b:2; do
    ip_ns ${n%:*} addr add 192.0.2.${n#*:}/24 dev eth0
    ip_ns ${n%:*} addr add 2001:db8:6::${n#*:}/64 dev eth0 nodad
done
capture a eth0 kernel-fragments.pcap
in_ns a ping -n -q -c 1 192.0.2.2
in_ns a ping -n -q -c 1 2001:db8:6::2
for s in 1473 2960 2961 4000 9000; do
    in_ns a ping -n -q -c 1 -s $s 192.0.2.2
    in_ns a ping -n -q -c 1 -s $s 2001:db8:6::2
done
in_ns a python3 "$HERE/sockets.py" udp 192.0.2.2 9 3000
in_ns a python3 "$HERE/sockets.py" udp 2001:db8:6::2 9 3000
in_ns a ping -n -q -c 1 -R 192.0.2.2
in_ns a ping -n -q -c 1 -T tsandaddr 192.0.2.2
in_ns a ping -n -q -c 1 -R -s 3000 192.0.2.2
in_ns a python3 "$HERE/sockets.py" extensions 2001:db8:6::2 9 --device eth0
stop_captures
describe kernel-fragments.pcap <<YAML
summary: Fragments of both families, IPv4 options and IPv6 extension headers.
provenance:
  program: Linux IPv4 and IPv6 stack (ping $(debian_version iputils-ping))
  version: "$(kernel_version)"
holds: echo of 1473 to 9000 bytes in fragments, UDP of 3000 bytes in fragments with the port unreachable that follows, record route and timestamp options (one fragmented), hop-by-hop and destination options (one fragmented)
hosts:
  - { mac: "02:00:00:00:60:01", ipv4: 192.0.2.1, ipv6: "2001:db8:6::1" }
  - { mac: "02:00:00:00:60:02", ipv4: 192.0.2.2, ipv6: "2001:db8:6::2" }
YAML
