# VLAN tags by Open vSwitch's userspace datapath. Two stations in VLAN 10 reach each other through a trunk; a second pair
# goes through a provider's tunnel ports, which put an 802.1ad tag (VID 100) in front of the customer's tag (VID 20).
new_ns g1 g2 g3 g4 sw
for i in 1 2 3 4; do
    link g$i eth0 02:00:00:00:50:0$i sw p$i 02:00:00:00:51:0$i
    ip_ns g$i addr add 198.51.100.$i/24 dev eth0
    ip_ns g$i addr add 2001:db8:68::$i/64 dev eth0 nodad
done
link sw trunka 02:00:00:00:52:01 sw trunkb 02:00:00:00:52:02
in_ns sw sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ovs_start sw
ovs sw set Open_vSwitch . other_config:vlan-limit=2
for s in a:1:3 b:2:4; do
    IFS=: read -r side plain tunnelled <<<"$s"
    ovs sw add-br br$side -- set bridge br$side datapath_type=netdev fail_mode=standalone \
        -- add-port br$side p$plain tag=10 \
        -- add-port br$side trunk$side trunks=10,100 \
        -- add-port br$side up$side -- set interface up$side type=patch options:peer=down$side \
        -- set port up$side tag=100 vlan_mode=dot1q-tunnel other_config:qinq-ethtype=802.1ad
    ovs sw add-br cust$side -- set bridge cust$side datapath_type=netdev fail_mode=standalone \
        -- add-port cust$side p$tunnelled tag=20 \
        -- add-port cust$side down$side -- set interface down$side type=patch options:peer=up$side -- set port down$side trunks=20
    # Expedited forwarding becomes priority 5 in the VLAN tag.
    ovs_flows sw add-flow br$side "priority=100,in_port=p$plain,ip,ip_dscp=46,actions=push_vlan:0x8100,set_field:4106->vlan_vid,set_field:5->vlan_pcp,output:trunk$side"
done
capture sw trunka ovs-vlan.pcap
settle g1 198.51.100.2
settle g3 198.51.100.4
in_ns g1 ping -n -q -c 2 -i 0.2 -Q 0xb8 198.51.100.2
in_ns g2 ping -n -q -c 2 -i 0.2 2001:db8:68::1
in_ns g4 ping -n -q -c 2 -i 0.2 2001:db8:68::3
background g4 iperf3 -s -1 -B 198.51.100.4 --logfile "$SCRATCH/iperf"
sleep 0.5
in_ns g3 iperf3 -c 198.51.100.4 -n 8K -M 1200 >/dev/null
stop_captures
describe ovs-vlan.pcap <<YAML
summary: A trunk between two Open vSwitches with 802.1Q and stacked 802.1ad + 802.1Q tags.
provenance:
  program: Open vSwitch ovs-vswitchd, datapath_type=netdev (traffic of ping and iperf3 $(debian_version iperf3))
  version: "$(ovs_version)"
holds: ARP, neighbour discovery, echo v4 and v6, echo with PCP 5, one iperf3 TCP run behind two tags
vlans:
  - { tags: [10], stations: ["02:00:00:00:50:01", "02:00:00:00:50:02"] }
  - { tags: [100, 20], stations: ["02:00:00:00:50:03", "02:00:00:00:50:04"] }
YAML
