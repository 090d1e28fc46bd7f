# Memberships of real sockets, a Linux bridge as querier. The version is forced on the host, then left to the querier.
new_ns m q
link m eth0 02:00:00:00:70:01 q p0 02:00:00:00:70:02
ip_ns m addr add 192.0.2.1/24 dev eth0
ip_ns q link add bridge0 address 02:00:00:00:70:03 type bridge mcast_snooping 1
ip_ns q link set p0 master bridge0
ip_ns q link set bridge0 up
ip_ns q addr add 192.0.2.2/24 dev bridge0
capture m eth0 kernel-igmp-mld.pcap
S="python3 $HERE/sockets.py"

for v in 1 2 3; do
    in_ns m sysctl -qw net.ipv4.conf.eth0.force_igmp_version=$v
    in_ns m $S join 239.1.$v.1 --device eth0
done
in_ns m $S join 232.1.1.1 198.51.100.7 --device eth0
in_ns m $S block 239.1.3.2 198.51.100.8 --device eth0
for v in 1 2; do
    in_ns m sysctl -qw net.ipv6.conf.eth0.force_mld_version=$v
    in_ns m $S join ff15::$v:1 --device eth0
done
in_ns m $S join ff35::1:1 2001:db8::7 --device eth0
in_ns m $S block ff15::2:2 2001:db8::8 --device eth0

# Queries and what they bring forth: each version for three seconds, the interval cut to one second.
in_ns m sysctl -qw net.ipv4.conf.eth0.force_igmp_version=0 net.ipv6.conf.eth0.force_mld_version=0
ip_ns q link set bridge0 type bridge mcast_igmp_version 3 mcast_mld_version 2
ip_ns q link set bridge0 type bridge mcast_querier 1 mcast_query_interval 100 mcast_query_response_interval 50 mcast_startup_query_interval 100 mcast_query_use_ifaddr 1
for v in "3 2" "2 1"; do
    ip_ns q link set bridge0 type bridge mcast_igmp_version ${v% *} mcast_mld_version ${v#* }
    background m $S join 239.1.9.1 --device eth0 --hold 3
    background m $S join ff15::9:1 --device eth0 --hold 3
    sleep 3.6
done
stop_captures
describe kernel-igmp-mld.pcap <<YAML
summary: IGMPv1, v2 and v3 and MLDv1 and v2 as the kernel's sockets and the bridge's querier speak them.
provenance:
  program: Linux IPv4 and IPv6 stack as member, Linux bridge as querier
  version: "$(kernel_version)"
holds: joins and leaves of any-source and source-specific groups, blocked sources, general and group-specific queries of both versions, Router Alert in both families
member: { mac: "02:00:00:00:70:01", ipv4: 192.0.2.1 }
querier: { mac: "02:00:00:00:70:03", ipv4: 192.0.2.2 }
groups: [239.1.1.1, 239.1.2.1, 239.1.3.1, 239.1.3.2, 232.1.1.1, 239.1.9.1, "ff15::1:1", "ff15::2:1", "ff15::2:2", "ff35::1:1", "ff15::9:1"]
YAML
