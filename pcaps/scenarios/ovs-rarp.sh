# Announcements by Open vSwitch: a bond with an active and a backup member loses the active one, and the switch tells the peer behind the
# backup member, by reverse ARP, which machines it has: two without a VLAN and one in VLAN 10. The peer says nothing.
new_ns g1 g2 g3 sw peer
for n in peer sw g1 g2 g3; do
    in_ns $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
done
for i in 1 2 3; do
    link g$i eth0 02:00:00:00:60:0$i sw p$i 02:00:00:00:61:0$i
    ip_ns g$i addr add 198.51.100.$i/24 dev eth0
done
link sw m1 02:00:00:00:62:01 peer m1 02:00:00:00:63:01
link sw m2 02:00:00:00:62:02 peer m2 02:00:00:00:63:02
ovs_start sw
ovs sw add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=standalone \
    -- add-bond br0 bond m1 m2 bond_mode=active-backup other_config:bond-primary=m1 \
    -- add-port br0 p1 -- add-port br0 p2 -- add-port br0 p3 tag=10
sleep 1
capture peer m2 ovs-rarp.pcap 'rarp or (vlan and rarp)'
# Nobody answers; the questions are what the switch learns from.
for i in 1 2 3; do
    in_ns g$i ping -n -q -c 1 -W 1 198.51.100.99 >/dev/null || true
done
ip_ns peer link set m1 down
sleep 2
stop_captures
describe ovs-rarp.pcap <<YAML
summary: Announcements by Open vSwitch of the machines behind it, after its bond has changed members.
provenance:
  program: Open vSwitch ovs-vswitchd, datapath_type=netdev
  version: "$(ovs_version)"
holds: reverse ARP requests, untagged and in VLAN 10
machines:
  - { mac: "02:00:00:00:60:01" }
  - { mac: "02:00:00:00:60:02" }
  - { mac: "02:00:00:00:60:03", vlan: 10 }
YAML
