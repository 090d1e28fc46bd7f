# Open vSwitch as the element between two load balancers and a server: it remembers in its connection tracking where a flow came from.
new_ns sw x
link sw p1 02:00:00:00:65:01 x l1 02:00:00:00:01:01
link sw p2 02:00:00:00:65:02 x l2 02:00:00:00:02:01
link sw p9 02:00:00:00:65:09 x s1 02:00:00:00:09:01
for dev in l1 l2 s1; do in_ns x sysctl -qw net.ipv6.conf.$dev.disable_ipv6=1; done
ovs_start sw
ovs sw add-br br -- set bridge br datapath_type=netdev fail_mode=secure protocols=OpenFlow13,OpenFlow15
for port in 1 2 9; do ovs sw add-port br p$port -- set interface p$port ofport_request=$port; done
routed='mod_dl_src:02:aa:00:00:00:01,dec_ttl'
ovs_flows sw add-flow br 'table=0,priority=10,ip,actions=ct(table=1,zone=1)'
for lb in 1 2; do
    ovs_flows sw add-flow br "table=1,priority=10,in_port=$lb,ip,actions=ct(commit,zone=1,exec(move:NXM_OF_ETH_SRC[]->NXM_NX_CT_LABEL[32..79],load:$lb->NXM_NX_CT_MARK[])),mod_dl_dst:02:00:00:00:09:01,$routed,output:9"
done
ovs_flows sw add-flow br "table=1,priority=10,in_port=9,ip,ct_state=+trk+est+rpl,actions=move:NXM_NX_CT_LABEL[32..79]->NXM_OF_ETH_DST[],$routed,move:NXM_NX_CT_MARK[0..15]->NXM_NX_REG0[0..15],output:NXM_NX_REG0[0..15]"
capture x s1 ovs-return-path.pcap ip
in_ns x python3 -c '
import random, select, socket, struct
def bound(device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    s.bind((device, 0x0800))
    return s
ports = {1: bound("l1"), 2: bound("l2"), 9: bound("s1")}
macs = {1: "020000000101", 2: "020000000201", 9: "020000000901"}
def frame(port, source, destination, sport, dport, number):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 32, number, 0x4000, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(destination))
    total = sum(struct.unpack("!10H", ip)); total = (total & 0xffff) + (total >> 16); total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack("!H", 0xffff ^ total) + ip[12:]
    return bytes.fromhex("02aa00000001" + macs[port] + "0800") + ip + struct.pack("!HHHH", sport, dport, 12, 0) + b"weft"
def seen(number, among, patience):
    while True:
        ready, _, _ = select.select([ports[p] for p in among], [], [], patience)
        if not ready:
            return None
        for s in ready:
            data, address = s.recvfrom(2000)
            if address[2] != 4 and struct.unpack("!H", data[18:20])[0] == number:
                return next(p for p in among if ports[p] is s), data
choose = random.Random(7)
for number in range(1, 401):
    flow, lb = choose.randrange(24), choose.choice((1, 2))
    client, port = "203.0.113.%d" % (1 + flow % 6), 1000 + flow
    if choose.random() < 0.5:
        ports[lb].send(frame(lb, client, "10.0.0.80", port, 80, number))
        print("forward\t%d\t%d" % (flow, lb) if seen(number, [9], 3) else "lost")
    else:
        ports[9].send(frame(9, "10.0.0.80", client, 80, port, number))
        out = seen(number, [1, 2], 0.4)
        good = out is None or out[1][:6].hex() == macs[out[0]]
        print("reply\t%d\t%s" % (flow, out[0] if out and good else "none" if good else "wrong"), flush=True)
' >"$OUT/ovs-return-path.decisions.tsv"
stop_captures
describe ovs-return-path.pcap <<YAML
summary: Flows through two load balancers as Open vSwitch forwards them to the server, and the server's replies.
provenance:
  program: Open vSwitch ovs-vswitchd (userspace datapath, connection tracking)
  version: "$(ovs_version)"
holds: a random trace of 400 packets of 24 UDP flows; where each came from or went is in ovs-return-path.decisions.tsv
hosts:
  - { name: element, mac: "02:aa:00:00:00:01" }
  - { name: server, mac: "02:00:00:00:09:01", ipv4: 10.0.0.80 }
YAML
