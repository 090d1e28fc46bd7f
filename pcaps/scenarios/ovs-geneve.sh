# Two Open vSwitches with the userspace datapath joined by Geneve. What leaves a station carries two options,
# written by the switch's flows; what arrives is matched on them.
new_ns g1 h1 h2 g2
link h1 u1 02:00:00:00:31:01 h2 u2 02:00:00:00:31:02
for i in 1 2; do
    link g$i eth0 02:00:00:00:0c:0$i h$i p0 02:00:00:00:0d:0$i
    ip_ns g$i link set eth0 mtu 1400
    ip_ns g$i addr add 198.51.100.$((10 + i))/24 dev eth0
    ip_ns g$i addr add 2001:db8:66::$i/64 dev eth0 nodad
    in_ns h$i sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    ovs_start h$i
    ovs h$i add-br wire -- set bridge wire datapath_type=netdev fail_mode=standalone other_config:hwaddr=02:00:00:00:31:1$i -- add-port wire u$i \
        -- add-br int -- set bridge int datapath_type=netdev fail_mode=secure protocols=OpenFlow15
    ip_ns h$i addr add 192.0.2.$((10 + i))/24 dev wire
    ip_ns h$i link set wire up
    ovs h$i add-port int p0 -- set interface p0 ofport_request=1 \
        -- add-port int gnv0 -- set interface gnv0 type=geneve ofport_request=2 options:remote_ip=192.0.2.$((13 - i)) options:key=291 options:csum=$([[ $i == 1 ]] && echo true || echo false)
    ovs_flows h$i add-tlv-map int '{class=0x0104,type=0x46,len=8}->tun_metadata0,{class=0x0102,type=0x01,len=4}->tun_metadata1'
    ovs_flows h$i add-flow int "in_port=1,actions=set_field:0x0000000${i}00000007->tun_metadata0,set_field:0x1234567${i}->tun_metadata1,output:2"
    ovs_flows h$i add-flow int "in_port=2,tun_metadata0=0x0000000$((3 - i))00000007,actions=output:1"
done
settle h1 192.0.2.12
capture h1 u1 ovs-geneve.pcap
settle g1 198.51.100.12
in_ns g1 ping -n -q -c 3 -i 0.2 -s 1300 198.51.100.12
in_ns g2 ping -n -q -c 3 -i 0.2 2001:db8:66::1
in_ns g1 python3 "$HERE/sockets.py" send 239.1.1.2 5001 3 --device eth0
background g2 iperf3 -s -1 -B 198.51.100.12 --logfile "$SCRATCH/iperf"
sleep 0.5
in_ns g1 iperf3 -c 198.51.100.12 -n 120K >/dev/null
stop_captures
describe ovs-geneve.pcap <<YAML
summary: Geneve between two Open vSwitches (userspace datapath) whose flows add two options to every packet, none critical.
provenance:
  program: Open vSwitch ovs-vswitchd, datapath_type=netdev (traffic of ping and iperf3 $(debian_version iperf3))
  version: "$(ovs_version)"
holds: ARP, neighbour discovery, MLDv2 reports, echo v4 and v6, multicast UDP, one iperf3 TCP run
underlay:
  mtu: 1500
  h1: { mac: "02:00:00:00:31:11", vtep: 192.0.2.11, udp_checksum: true }
  h2: { mac: "02:00:00:00:31:12", vtep: 192.0.2.12, udp_checksum: false }
segments:
  - { vni: 291, h1: { mac: "02:00:00:00:0c:01", ipv4: 198.51.100.11, ipv6: "2001:db8:66::1" }, h2: { mac: "02:00:00:00:0c:02", ipv4: 198.51.100.12, ipv6: "2001:db8:66::2" } }
options:
  - { class: 0x0104, type: 0x46, critical: false, bytes: 8, from_h1: "0000000100000007", from_h2: "0000000200000007" }
  - { class: 0x0102, type: 0x01, critical: false, bytes: 4, from_h1: "12345671", from_h2: "12345672" }
YAML
