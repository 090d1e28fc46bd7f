# The same device over an IPv6 underlay: first with outer UDP checksums, then a segment with zero as RFC 6935 allows.
# One after the other, because the kernel shares one socket, and its checksum rule, between all segments of a port.
new_ns h1 h2
link h1 u1 02:00:00:00:30:01 h2 u2 02:00:00:00:30:02

segment() { # VNI MAC-PREFIX FLAGS...
    local vni=$1 mac=$2 i
    shift 2
    for i in 1 2; do
        ip_ns h$i link add vx0 address "$mac:0$i" mtu 1430 type vxlan id "$vni" local 2001:db8:1::$i remote 2001:db8:1::$((3 - i)) dstport 4789 dev u$i "$@"
        plain h$i vx0
        ip_ns h$i link set vx0 up
        ip_ns h$i addr add 198.51.100.$i/24 dev vx0
        ip_ns h$i addr add 2001:db8:65::$i/64 dev vx0 nodad
    done
    sleep 1
}

for i in 1 2; do ip_ns h$i addr add 2001:db8:1::$i/64 dev u$i nodad; done
capture h1 u1 kernel-vxlan-ipv6.pcapng
segment 4096 02:00:00:00:0a
in_ns h1 ping -n -q -c 3 -i 0.2 198.51.100.2
background h2 iperf3 -s -1 -B 198.51.100.2 --logfile "$SCRATCH/iperf"
sleep 0.5
in_ns h1 iperf3 -c 198.51.100.2 -n 60K >/dev/null
for i in 1 2; do ip_ns h$i link del vx0; done
segment 4097 02:00:00:00:0b udp6zerocsumtx udp6zerocsumrx
in_ns h1 ping -n -q -c 3 -i 0.2 2001:db8:65::2
stop_captures
describe kernel-vxlan-ipv6.pcapng <<YAML
summary: The kernel's vxlan device over IPv6, one segment with outer UDP checksums and one with zero (RFC 6935).
provenance:
  program: Linux vxlan device (traffic of ping and iperf3 $(debian_version iperf3))
  version: "$(kernel_version)"
holds: ARP, neighbour discovery, echo v4 and v6, one iperf3 TCP run; the underlay's own neighbour discovery
underlay:
  mtu: 1500
  h1: { mac: "02:00:00:00:30:01", vtep: "2001:db8:1::1" }
  h2: { mac: "02:00:00:00:30:02", vtep: "2001:db8:1::2" }
segments:
  - { vni: 4096, checksum: true, h1: { mac: "02:00:00:00:0a:01", ipv4: 198.51.100.1 }, h2: { mac: "02:00:00:00:0a:02", ipv4: 198.51.100.2 } }
  - { vni: 4097, checksum: false, h1: { mac: "02:00:00:00:0b:01", ipv6: "2001:db8:65::1" }, h2: { mac: "02:00:00:00:0b:02", ipv6: "2001:db8:65::2" } }
YAML
