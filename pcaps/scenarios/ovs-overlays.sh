# The other overlays that Open vSwitch's userspace datapath writes: GRE with a key, VXLAN with the generic protocol
# extension around NSH (RFC 8300), and BFD between the switches.
new_ns g1 h1 h2 g2
link h1 u1 02:00:00:00:34:01 h2 u2 02:00:00:00:34:02
for i in 1 2; do
    o=$((3 - i))
    link g$i eth0 02:00:00:00:0f:0$i h$i p0 02:00:00:00:0d:0$i
    ip_ns g$i link set eth0 mtu 1400
    ip_ns g$i addr add 198.51.100.4$i/24 dev eth0
    ip_ns g$i neigh replace 198.51.100.4$o lladdr 02:00:00:00:0f:0$o dev eth0
    in_ns h$i sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    ovs_start h$i
    ovs h$i add-br wire -- set bridge wire datapath_type=netdev fail_mode=standalone other_config:hwaddr=02:00:00:00:34:1$i -- add-port wire u$i \
        -- add-br int -- set bridge int datapath_type=netdev fail_mode=secure protocols=OpenFlow15
    ip_ns h$i addr add 192.0.2.3$i/24 dev wire
    ip_ns h$i link set wire up
    ovs h$i add-port int p0 -- set interface p0 ofport_request=1 \
        -- add-port int gre0 -- set interface gre0 type=gre ofport_request=2 options:remote_ip=192.0.2.3$o options:key=77 options:csum=true \
        -- add-port int gpe0 -- set interface gpe0 type=vxlan ofport_request=3 options:remote_ip=192.0.2.3$o options:exts=gpe options:dst_port=4790 options:key=88 options:packet_type=ptap
    ovs_flows h$i add-flow int 'priority=1,in_port=1,actions=output:2'
    ovs_flows h$i add-flow int 'priority=1,in_port=2,actions=output:1'
    # ICMP with a TOS of 32 takes a service path: NSH with metadata type 1 inside VXLAN-GPE.
    ovs_flows h$i add-flow int 'priority=2,in_port=1,icmp,nw_tos=32,actions=encap(nsh(md_type=1)),set_field:0x1234->nsh_spi,set_field:255->nsh_si,set_field:0x11223344->nsh_c1,output:3'
    ovs_flows h$i add-flow int 'priority=2,in_port=3,packet_type=(1,0x894f),nsh_spi=0x1234,actions=decap(),decap(),output:1'
done
settle h1 192.0.2.32
capture h1 u1 ovs-overlays.pcap
ovs h1 set interface u1 bfd:enable=true bfd:min_tx=200 bfd:min_rx=200
ovs h2 set interface u2 bfd:enable=true bfd:min_tx=300 bfd:min_rx=300
settle g1 198.51.100.42
in_ns g1 ping -n -q -c 3 -i 0.2 198.51.100.42
in_ns g1 ping -n -q -c 3 -i 0.2 -W 0.5 -Q 32 -s 500 198.51.100.42 || true
background g2 iperf3 -s -1 -B 198.51.100.42 --logfile "$SCRATCH/iperf"
sleep 0.5
in_ns g1 iperf3 -c 198.51.100.42 -n 8K >/dev/null
sleep 2
stop_captures
describe ovs-overlays.pcap <<YAML
summary: GRE, VXLAN-GPE with NSH, and BFD as Open vSwitch writes them.
provenance:
  program: Open vSwitch ovs-vswitchd, datapath_type=netdev (traffic of ping and iperf3 $(debian_version iperf3))
  version: "$(ovs_version)"
holds: echo and one iperf3 TCP run over transparent Ethernet in GRE with checksum and key, echo requests behind NSH (SPI 0x1234), a BFD session coming up
underlay:
  h1: { mac: "02:00:00:00:34:11", vtep: 192.0.2.31 }
  h2: { mac: "02:00:00:00:34:12", vtep: 192.0.2.32 }
YAML
