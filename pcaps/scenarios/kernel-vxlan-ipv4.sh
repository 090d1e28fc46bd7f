# Two hosts, each with the kernel's own vxlan devices for two segments whose stations have the same MAC addresses.
new_ns h1 h2
link h1 u1 02:00:00:00:30:01 h2 u2 02:00:00:00:30:02
for i in 1 2; do
    ip_ns h$i addr add 192.0.2.$i/24 dev u$i
    for vni in 100 200; do
        ip_ns h$i link add vx$vni address 02:00:00:00:0a:0$i mtu 1450 type vxlan id $vni local 192.0.2.$i remote 192.0.2.$((3 - i)) dstport 4789 dev u$i
        plain h$i vx$vni
    done
done
capture h1 u1 kernel-vxlan-ipv4.pcap
for i in 1 2; do
    ip_ns h$i link set vx100 up
    ip_ns h$i link set vx200 up
    ip_ns h$i addr add 198.51.100.$i/24 dev vx100
    ip_ns h$i addr add 2001:db8:64::$i/64 dev vx100 nodad
    ip_ns h$i addr add 203.0.113.$i/24 dev vx200
done
sleep 1
in_ns h1 ping -n -q -c 3 -i 0.2 198.51.100.2
in_ns h1 ping -n -q -c 2 -i 0.2 -s 1400 198.51.100.2
in_ns h1 ping -n -q -c 3 -i 0.2 2001:db8:64::2
in_ns h2 ping -n -q -c 3 -i 0.2 203.0.113.1
in_ns h1 ping -n -q -b -c 2 -i 0.2 -W 0.3 198.51.100.255 2>/dev/null || true
in_ns h1 python3 "$HERE/sockets.py" send 239.1.1.1 5001 3 --device vx100
background h2 iperf3 -s -1 -B 198.51.100.2 --logfile "$SCRATCH/iperf"
sleep 0.5
in_ns h1 iperf3 -c 198.51.100.2 -n 150K >/dev/null
background h2 iperf3 -s -1 -B 2001:db8:64::2 --logfile "$SCRATCH/iperf6"
sleep 0.5
in_ns h1 iperf3 -6 -u -c 2001:db8:64::2 -b 2M -l 1200 -n 36K >/dev/null
stop_captures
describe kernel-vxlan-ipv4.pcap <<YAML
summary: Two segments over the kernel's vxlan device on an IPv4 underlay, seen on the wire between the hosts.
provenance:
  program: Linux vxlan device (traffic of ping and iperf3 $(debian_version iperf3))
  version: "$(kernel_version)"
holds: ARP and IPv6 neighbour discovery, MLDv2 reports, echo v4 and v6 (one near the MTU), a broadcast echo, multicast UDP, one iperf3 TCP and one UDP run
underlay:
  mtu: 1500
  h1: { mac: "02:00:00:00:30:01", vtep: 192.0.2.1 }
  h2: { mac: "02:00:00:00:30:02", vtep: 192.0.2.2 }
segments:
  - { vni: 100, h1: { mac: "02:00:00:00:0a:01", ipv4: 198.51.100.1, ipv6: "2001:db8:64::1" }, h2: { mac: "02:00:00:00:0a:02", ipv4: 198.51.100.2, ipv6: "2001:db8:64::2" } }
  - { vni: 200, h1: { mac: "02:00:00:00:0a:01", ipv4: 203.0.113.1 }, h2: { mac: "02:00:00:00:0a:02", ipv4: 203.0.113.2 } }
YAML
