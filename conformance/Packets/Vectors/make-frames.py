#!/usr/bin/python3
"""Writes frames.txt: frames that scapy builds and the fields that tshark reads from them.

    cd conformance/Packets/Vectors && ./make-frames.py > frames.txt

Needs Debian's python3-scapy and tshark. Neither side of the table comes from Weft.
"""
import subprocess, sys, tempfile
from scapy.all import *
from scapy.contrib.bfd import BFD
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3mq, IGMPv3mr, IGMPv3gr
from scapy.contrib.nsh import NSH
from scapy.layers.ipsec import ESP
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN

E = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
M = Ether(src="02:00:00:00:00:01", dst="01:00:5e:01:02:03")
I = IP(src="192.0.2.1", dst="198.51.100.7", id=4660, ttl=61)
J = IPv6(src="2001:db8::1", dst="2001:db8:0:1::7", hlim=59, fl=0x12345)
U = UDP(sport=4096, dport=9)
T = TCP(sport=40000, dport=443, seq=0xDEADBEEF, ack=0x01020304, flags="SA", window=64240)
inner = Ether(src="0a:00:00:00:00:01", dst="0a:00:00:00:00:02") / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=5000, dport=5001) / b"inside"
inner6 = Ether(src="0a:00:00:00:00:01", dst="0a:00:00:00:00:02") / IPv6(src="fd00::1", dst="fd00::2") / TCP(sport=5000, dport=80, seq=1, flags="S")
LL = "fe80::ff:fe00:1"

frames = [
    ("UDP over IPv4", E / I / U / b"hello"),
    ("UDP over IPv4 without a checksum, padded to 60 octets", E / I / UDP(sport=4096, dport=9, chksum=0) / b"hi" / Padding(b"\0" * 16)),
    ("UDP over IPv6", E / J / U / b"hello"),
    ("TCP over IPv4 with options", E / I / TCP(sport=40000, dport=443, seq=0xDEADBEEF, flags="S", window=64240, options=[("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)])),
    ("TCP over IPv6 with data", E / J / T / b"data"),
    ("SCTP over IPv4", E / I / SCTP(sport=5060, dport=5061, tag=7) / b"\0\0\0\4"),
    ("TCP in a VLAN", E / Dot1Q(vlan=100, prio=5) / I / T),
    ("UDP in a customer VLAN in a service VLAN", Ether(src=E.src, dst=E.dst, type=0x88A8) / Dot1Q(vlan=200, prio=3) / Dot1Q(vlan=7) / I / U / b"x"),
    ("IPv4 with the router alert option", M / IP(src="192.0.2.1", dst="224.1.2.3", ttl=1, options=[IPOption_Router_Alert()]) / UDP(sport=1, dport=2) / b"x"),
    ("first fragment of a UDP datagram", E / IP(src="192.0.2.1", dst="198.51.100.7", id=7, flags="MF", proto=17) / UDP(sport=1111, dport=2222, len=1008, chksum=0x1234) / (b"f" * 16)),
    ("later fragment of a UDP datagram", E / IP(src="192.0.2.1", dst="198.51.100.7", id=7, frag=3, proto=17) / (b"f" * 16)),
    ("IPv6 with hop-by-hop, routing and destination options", E / J / IPv6ExtHdrHopByHop(options=[RouterAlert(value=0)]) / IPv6ExtHdrRouting(addresses=["2001:db8::99"]) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")]) / U / b"ext"),
    ("first fragment over IPv6", E / J / IPv6ExtHdrFragment(m=1, id=0xCAFEF00D, nh=17) / UDP(sport=1111, dport=2222, len=1008, chksum=0x1234) / (b"f" * 16)),
    ("later fragment over IPv6", E / J / IPv6ExtHdrFragment(offset=3, id=0xCAFEF00D, nh=17) / (b"f" * 16)),
    ("ARP request", Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff") / ARP(op=1, hwsrc="02:00:00:00:00:01", psrc="192.0.2.1", pdst="192.0.2.2")),
    ("ARP reply", E / ARP(op=2, hwsrc="02:00:00:00:00:01", psrc="192.0.2.1", hwdst="02:00:00:00:00:02", pdst="192.0.2.2")),
    ("RARP announcement of a moved machine", Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff", type=0x8035) / ARP(op=3, hwsrc="02:00:00:00:00:01", hwdst="02:00:00:00:00:01", psrc="0.0.0.0", pdst="0.0.0.0")),
    ("ICMP echo request", E / I / ICMP(type=8, id=0x1234, seq=3) / b"ping"),
    ("ICMP echo reply", E / I / ICMP(type=0, id=0x1234, seq=3) / b"ping"),
    ("ICMP fragmentation needed with the packet it answers", E / I / ICMP(type=3, code=4, nexthopmtu=1400) / IP(src="198.51.100.7", dst="203.0.113.9", id=9) / UDP(sport=7000, dport=53) / b"cut"),
    ("ICMPv6 echo request", E / J / ICMPv6EchoRequest(id=0x4321, seq=9, data=b"ping")),
    ("ICMPv6 packet too big with the packet it answers", E / J / ICMPv6PacketTooBig(mtu=1280) / IPv6(src="2001:db8:0:1::7", dst="2001:db8::2") / TCP(sport=22, dport=2222, seq=5)),
    ("neighbour solicitation", Ether(src="02:00:00:00:00:01", dst="33:33:ff:00:00:02") / IPv6(src=LL, dst="ff02::1:ff00:2", hlim=255) / ICMPv6ND_NS(tgt="2001:db8::2") / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")),
    ("neighbour advertisement", E / IPv6(src="2001:db8::2", dst=LL, hlim=255) / ICMPv6ND_NA(tgt="2001:db8::2", R=0, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:02")),
    ("router solicitation", Ether(src="02:00:00:00:00:01", dst="33:33:00:00:00:02") / IPv6(src=LL, dst="ff02::2", hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")),
    ("router advertisement", Ether(src="02:00:00:00:00:01", dst="33:33:00:00:00:01") / IPv6(src=LL, dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800, M=1) / ICMPv6NDOptMTU(mtu=1450) / ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64)),
    ("IGMPv2 report", M / IP(src="192.0.2.1", dst="224.1.2.3", ttl=1) / IGMP(type=0x16, gaddr="224.1.2.3", mrcode=0)),
    ("IGMPv2 leave", M / IP(src="192.0.2.1", dst="224.0.0.2", ttl=1) / IGMP(type=0x17, gaddr="224.1.2.3", mrcode=0)),
    ("IGMPv3 query for two sources", M / IP(src="192.0.2.1", dst="224.1.2.3", ttl=1) / IGMPv3(type=0x11, mrcode=100) / IGMPv3mq(gaddr="224.1.2.3", qrv=2, qqic=125, srcaddrs=["10.1.1.1", "10.1.1.2"])),
    ("IGMPv3 report", M / IP(src="192.0.2.1", dst="224.0.0.22", ttl=1) / IGMPv3(type=0x22) / IGMPv3mr(records=[IGMPv3gr(rtype=4, maddr="224.1.2.3"), IGMPv3gr(rtype=1, maddr="232.1.1.1", srcaddrs=["10.9.9.9"])])),
    ("MLDv1 report", E / IPv6(src=LL, dst="ff02::db8:1", hlim=1) / ICMPv6MLReport(mladdr="ff02::db8:1")),
    ("MLDv2 query", E / IPv6(src=LL, dst="ff02::1", hlim=1) / ICMPv6MLQuery2(mladdr="ff3e::db8:5", mrd=1000, QRV=2, QQIC=125, sources=["2001:db8::55"])),
    ("MLDv2 report", E / IPv6(src=LL, dst="ff02::16", hlim=1) / ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::db8:1"), ICMPv6MLDMultAddrRec(rtype=1, dst="ff3e::db8:5", sources=["2001:db8::55"])])),
    ("VXLAN", E / I / UDP(sport=49152, dport=4789) / VXLAN(vni=5001, flags="Instance") / inner),
    ("VXLAN over IPv6 carrying IPv6", E / J / UDP(sport=49153, dport=4789) / VXLAN(vni=0xABCDEF, flags="Instance") / inner6),
    ("VXLAN-GPE carrying IPv4", E / I / UDP(sport=49152, dport=4790) / VXLAN(vni=77, flags=0x0C, NextProtocol=1) / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2)),
    ("Geneve with two options", E / I / UDP(sport=49152, dport=6081) / GENEVE(vni=6001, critical=1, options=[GeneveOptions(classid=0x0102, type=0x80, data=b"\0\0\0\5"), GeneveOptions(classid=0xFFF0, type=1, data=b"abcdefgh")]) / inner),
    ("GRE carrying IPv4", E / I / GRE() / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2)),
    ("GRE with checksum, key and sequence number carrying Ethernet", E / I / GRE(chksum_present=1, key_present=1, seqnum_present=1, key=0x00010203, sequence_number=9, proto=0x6558) / inner),
    ("ESP", E / I / ESP(spi=0xC0FFEE01, seq=17, data=b"e" * 32)),
    ("NSH carrying IPv4", Ether(src=E.src, dst=E.dst, type=0x894F) / NSH(spi=0x00ABCD, si=253, ttl=62, mdtype=2, nextproto=1) / IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=1, dport=2)),
    ("BFD control", E / IP(src="192.0.2.1", dst="192.0.2.2", ttl=255) / UDP(sport=49152, dport=3784) / BFD(sta=3, detect_mult=3, my_discriminator=0x11223344, your_discriminator=0x55667788, min_tx_interval=300000, min_rx_interval=250000, echo_rx_interval=50000, flags=0)),
]

fields = """eth.dst eth.src ieee8021ad.id ieee8021ad.priority vlan.id vlan.priority arp.opcode arp.src.hw_mac arp.src.proto_ipv4 arp.dst.hw_mac arp.dst.proto_ipv4
ip.src ip.dst ip.ttl ip.proto ip.len ip.id ip.frag_offset ip.checksum ipv6.src ipv6.dst ipv6.hlim ipv6.plen ipv6.flow
ipv6.fraghdr.offset ipv6.fraghdr.ident tcp.srcport tcp.dstport tcp.seq_raw tcp.ack_raw tcp.window_size_value tcp.options.mss_val
tcp.options.wscale.shift udp.srcport udp.dstport udp.length udp.checksum icmp.type icmp.code icmp.ident icmp.seq
icmp.mtu icmpv6.type icmpv6.code icmpv6.echo.identifier icmpv6.mtu icmpv6.nd.ns.target_address icmpv6.nd.na.target_address
icmpv6.opt.linkaddr icmpv6.nd.ra.router_lifetime igmp.type igmp.version igmp.maddr igmp.saddr igmp.record_type igmp.qqic
icmpv6.mld.multicast_address icmpv6.mldr.mar.record_type icmpv6.mldr.mar.multicast_address icmpv6.mldr.mar.source_address icmpv6.mld.source_address
vxlan.vni vxlan_gpe.vni vxlan_gpe.next_proto geneve.vni geneve.proto_type geneve.option.class geneve.option.type gre.proto gre.key gre.sequence_number esp.spi esp.sequence
nsh.spi nsh.si nsh.ttl nsh.next_proto bfd.version bfd.sta bfd.detect_time_multiplier bfd.my_discriminator bfd.your_discriminator
bfd.desired_min_tx_interval bfd.required_min_rx_interval""".split()

raw = [bytes(packet) for _, packet in frames]
with tempfile.NamedTemporaryFile(suffix=".pcap") as capture:
    wrpcap(capture.name, [Ether(b) for b in raw])
    valid = set(l.split("\t")[2] for l in subprocess.run(["tshark", "-G", "fields"], capture_output=True, text=True).stdout.splitlines() if l.startswith("F\t"))
    known = [f for f in fields if f in valid]
    print("unknown to this tshark:", [f for f in fields if f not in valid], file=sys.stderr)
    command = ["tshark", "-r", capture.name, "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"]
    for field in known:
        command += ["-e", field]
    rows = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

def plain(value):
    try:
        return str(int(value, 0)) if value.isdigit() or value.startswith("0x") else value
    except ValueError:
        return value

print("# Frames built by scapy, fields read by tshark; made by make-frames.py. A sentence, the frame, what must be read from it.")
for (sentence, _), data, row in zip(frames, raw, rows, strict=True):
    print(f"\n{sentence}\n{data.hex()}")
    for field, values in zip(known, row.split("|"), strict=True):
        if values:
            print(f"  {field} = {','.join(plain(v) for v in values.split(','))}")
