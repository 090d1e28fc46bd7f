# Open vSwitch without any network: dummy ports, frames handed in as hexadecimal, output written to a pcap by the switch.
# The flows write a critical option, class 0x0104 type 0xc6.
new_ns h1
ovs_start h1 --enable-dummy --disable-system --disable-system-route
ovs h1 add-br br0 -- set bridge br0 datapath_type=dummy fail_mode=standalone other_config:hwaddr=02:00:00:00:33:01 \
    -- add-port br0 p0 -- set interface p0 type=dummy options:tx_pcap="$SCRATCH/out.pcap" \
    -- add-br int -- set bridge int datapath_type=dummy fail_mode=secure protocols=OpenFlow15 \
    -- add-port int p1 -- set interface p1 type=dummy ofport_request=1 \
    -- add-port int gnv0 -- set interface gnv0 type=geneve ofport_request=2 options:remote_ip=192.0.2.22 options:key=flow options:csum=true
ovs_app h1 netdev-dummy/ip4addr br0 192.0.2.21/24 >/dev/null
ovs_app h1 ovs/route/add 192.0.2.22/24 br0 >/dev/null
ovs_app h1 tnl/neigh/set br0 192.0.2.22 02:00:00:00:33:02 >/dev/null
ovs_flows h1 add-tlv-map int '{class=0x0104,type=0xc6,len=8}->tun_metadata0,{class=0xffff,type=0x7f,len=124}->tun_metadata1'
# No option, one critical option, and a critical one behind 124 bytes, the longest option there is (RFC 8926 section 3.5).
ovs_flows h1 add-flow int 'dl_src=02:00:00:00:0e:01,actions=set_field:0->tun_id,output:2'
ovs_flows h1 add-flow int 'dl_src=02:00:00:00:0e:02,actions=set_field:123->tun_id,set_field:0x0000000c00000007->tun_metadata0,output:2'
ovs_flows h1 add-flow int 'dl_src=02:00:00:00:0e:03,actions=set_field:0xffffff->tun_id,set_field:0x0000000c00000008->tun_metadata0,set_field:0x5a->tun_metadata1,output:2'
for i in 1 2 3; do
    for flow in "udp(src=4660,dst=22136)" "tcp(src=4660,dst=80),tcp_flags(syn)" "icmp(type=8,code=0)"; do
        # Only for UDP no length: the switch would write its own length field wrong (3.1.0 counts the padding twice).
        proto=17 length=; [[ $flow == tcp* ]] && proto=6 length='--len 120'; [[ $flow == icmp* ]] && proto=1 length='--len 120'
        # shellcheck disable=SC2086
        ovs_app h1 netdev-dummy/receive p1 "in_port(1),eth(src=02:00:00:00:0e:0$i,dst=02:00:00:00:0e:99),eth_type(0x0800),ipv4(src=198.51.100.3$i,dst=198.51.100.39,proto=$proto,tos=0,ttl=64,frag=no),$flow" $length
    done
done
sleep 0.5
ovs h1 del-port br0 p0
install -m 644 "$SCRATCH/out.pcap" "$OUT/ovs-geneve-critical.pcap"
describe ovs-geneve-critical.pcap <<YAML
summary: Geneve written by Open vSwitch's userspace datapath without a network, with no, one and two options, VNIs 0, 123 and 16777215.
provenance:
  program: Open vSwitch ovs-vswitchd, datapath_type=dummy, pcap written by the switch itself
  version: "$(ovs_version)"
holds: UDP, TCP SYN and ICMP echo without and with a critical option (class 0x0104 type 0xc6), and behind a 124-byte option
underlay:
  h1: { mac: "02:00:00:00:33:01", vtep: 192.0.2.21, udp_checksum: true }
  h2: { mac: "02:00:00:00:33:02", vtep: 192.0.2.22 }
segments:
  - { vni: 0, station: "02:00:00:00:0e:01", options: 0 }
  - { vni: 123, station: "02:00:00:00:0e:02", options: 1 }
  - { vni: 16777215, station: "02:00:00:00:0e:03", options: 2 }
YAML
