#!/usr/bin/python3
"""Makes the capture files of this folder and, with tshark, what must be read from each. See README.md.

Needs Debian's tshark (editcap, mergecap, dumpcap), tcpdump, iproute2, ping and python3-scapy, and root for the one live capture.
"""
import json, os, struct, subprocess, sys, warnings
warnings.filterwarnings("ignore")
from scapy.all import Ether, IP, UDP, Raw, PcapWriter, PcapNgWriter

os.chdir(os.path.dirname(os.path.abspath(__file__)))

def run(*command, **kw):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **kw).stdout

def packets(count, step):
    for i in range(count):
        packet = (Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="10.0.0.1", dst="10.0.0.2")
                  / UDP(sport=1000 + i, dport=53) / Raw(bytes([i]) * (i * step)))
        packet.time = 1700000000 + i * 0.125
        yield packet

# --- pcap in both byte orders and units, by scapy
for name, endianness, nano in (("usec-le", "<", False), ("nsec-le", "<", True), ("usec-be", ">", False), ("nsec-be", ">", True)):
    with PcapWriter(name + ".pcap", linktype=1, endianness=endianness, nano=nano) as writer:
        for packet in packets(6, 7):
            writer.write(packet)

# --- pcap by tcpdump and editcap: another writer's header, nanoseconds that are not round, cut packets, modified pcap
run("tcpdump", "-r", "usec-le.pcap", "-w", "tcpdump.pcap")
run("editcap", "-t", "0.123456789", "-F", "nsecpcap", "nsec-le.pcap", "editcap-nsec.pcap")
run("editcap", "-s", "50", "-F", "pcap", "usec-le.pcap", "editcap-cut.pcap")
run("editcap", "-F", "modpcap", "usec-le.pcap", "editcap-modified.pcap")

# --- pcapng by editcap and mergecap: comments, two interfaces of different unit, secrets
run("editcap", "-F", "pcapng", "-a", "2:the second packet", "editcap-nsec.pcap", "editcap.pcapng")
run("mergecap", "-F", "pcapng", "-w", "mergecap-two-interfaces.pcapng", "usec-le.pcap", "editcap-nsec.pcap")
with open("keys.log", "w") as keys:
    keys.write("CLIENT_RANDOM " + "01" * 32 + " " + "02" * 48 + "\n")
run("editcap", "-F", "pcapng", "--inject-secrets", "tls,keys.log", "usec-le.pcap", "editcap-secrets.pcapng")
os.remove("keys.log")

# --- pcapng by scapy
with PcapNgWriter("scapy.pcapng") as writer:
    for packet in packets(4, 3):
        writer.write(packet)

# --- pcapng by dumpcap, live on the loopback of a namespace of its own: hardware, OS and filter options, statistics block
namespace = f"weftpcap{os.getpid()}"
run("ip", "netns", "add", namespace)
try:
    run("ip", "-n", namespace, "link", "set", "lo", "up")
    dumpcap = subprocess.Popen(["ip", "netns", "exec", namespace, "dumpcap", "-q", "-i", "lo", "-f", "icmp", "-c", "4", "-w", "/tmp/" + namespace],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run("ip", "netns", "exec", namespace, "ping", "-c", "6", "-i", "0.3", "-s", "24", "127.0.0.1")
    except subprocess.CalledProcessError:
        pass
    dumpcap.wait(20)
    with open("/tmp/" + namespace, "rb") as source, open("dumpcap.pcapng", "wb") as target:
        target.write(source.read())
    os.remove("/tmp/" + namespace)
finally:
    run("ip", "netns", "del", namespace)

# --- pcapng by hand, for what no program at hand writes: big-endian, binary units, offsets, simple and obsolete packets,
#     names, unknown blocks and options, several sections. The bytes are spelled out here; tshark says what they mean.
def block(order, kind, body):
    body += bytes(-len(body) % 4)
    total = len(body) + 12
    return struct.pack(order + "II", kind, total) + body + struct.pack(order + "I", total)

def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)

def section(order, length=-1, options=b""):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, length) + options)

def interface(order, link=1, snap=0, options=b""):
    return block(order, 1, struct.pack(order + "HHI", link, 0, snap) + options)

def enhanced(order, number, units, data, original=None, options=b""):
    body = struct.pack(order + "IIIII", number, units >> 32, units & 0xFFFFFFFF, len(data), original or len(data)) + data + bytes(-len(data) % 4)
    return block(order, 6, body + options)

def obsolete(order, number, drops, units, data, options=b""):
    body = struct.pack(order + "HHIIII", number, drops, units >> 32, units & 0xFFFFFFFF, len(data), len(data)) + data + bytes(-len(data) % 4)
    return block(order, 2, body + options)

def simple(order, data, original=None):
    return block(order, 3, struct.pack(order + "I", original or len(data)) + data)

frames = [bytes(packet) for packet in packets(6, 5)]
end = bytes(4)
SECONDS = 1700000000

for name, order in (("handmade-be", ">"), ("handmade-le", "<")):
    with open(name + ".pcapng", "wb") as file:
        file.write(section(order, options=option(order, 1, b"made by hand") + option(order, 4, b"make-files.py") + end))
        file.write(interface(order, options=option(order, 2, b"nano0") + option(order, 9, b"\x09") + option(order, 13, b"\x04") + end))
        file.write(interface(order, options=option(order, 2, b"milli1") + option(order, 9, b"\x03") + end))
        file.write(interface(order, options=option(order, 2, b"binary2") + option(order, 9, bytes([0x80 | 10])) + end))
        file.write(interface(order, options=option(order, 2, b"offset3") + option(order, 9, b"\x06")
                             + option(order, 14, struct.pack(order + "q", SECONDS)) + end))
        file.write(interface(order, snap=60))
        flags = option(order, 1, "größer als ASCII".encode()) + option(order, 2, struct.pack(order + "I", 0x0001_0085)) \
            + option(order, 4, struct.pack(order + "Q", 3)) + option(order, 5, struct.pack(order + "Q", 0x0102030405060708)) \
            + option(order, 6, struct.pack(order + "I", 7)) + option(order, 7, b"\x01" + struct.pack(order + "Q", 2)) \
            + option(order, 0x7ABC, b"unknown") + end
        file.write(enhanced(order, 0, SECONDS * 10**9 + 123456789, frames[0], options=flags))
        file.write(enhanced(order, 1, SECONDS * 10**3 + 250, frames[1]))
        file.write(block(order, 0x0BAD, struct.pack(order + "I", 32473) + b"custom data"))
        file.write(enhanced(order, 2, SECONDS * 1024 + 512, frames[2], options=option(order, 2, struct.pack(order + "I", 2)) + end))
        file.write(block(order, 4, option(order, 1, bytes([10, 0, 0, 1]) + b"client\0first\0")
                         + option(order, 2, bytes([0x20, 1] + [0] * 13 + [9]) + b"six\0") + end + option(order, 2, b"resolver") + end))
        file.write(enhanced(order, 3, 5_500_000, frames[3]))
        file.write(obsolete(order, 0, 0xFFFF, SECONDS * 10**9 + 999999999, frames[4]))
        file.write(block(order, 0x7FFF_1234, b"a block that nobody knows"))
        file.write(enhanced(order, 4, SECONDS * 10**6 + 1, frames[5][:60], original=len(frames[5])))
        file.write(block(order, 5, struct.pack(order + "III", 0, (SECONDS * 10**9) >> 32, (SECONDS * 10**9) & 0xFFFFFFFF)
                         + option(order, 4, struct.pack(order + "Q", 1000)) + option(order, 5, struct.pack(order + "Q", 4)) + end))

for name, order in (("simple-be", ">"), ("simple-le", "<")):
    with open(name + ".pcapng", "wb") as file:
        file.write(section(order) + interface(order, snap=64))
        for frame in frames:
            file.write(simple(order, frame[:64], original=len(frame)))

def tiny(order, number, link):
    body = interface(order, link=link, options=option(order, 2, b"tiny%d" % number) + end) + enhanced(order, 0, SECONDS * 10**6 + number, frames[number])
    return section(order, length=len(body)) + body

with open("sections.pcapng", "wb") as file:
    file.write(tiny("<", 0, 1) + tiny(">", 1, 1) + tiny("<", 2, 1))

# --- what must come out, in tshark's words: time, interface, captured, original, comment, bytes
for name in sorted(os.listdir(".")):
    if not name.endswith((".pcap", ".pcapng")):
        continue
    rows = json.loads(run("tshark", "-n", "-r", name, "-T", "json", "-x"))
    with open(name + ".expected", "w", encoding="utf-8") as file:
        for row in rows:
            layers = row["_source"]["layers"]
            if "eth" not in layers:
                continue  # tshark shows custom blocks among the frames
            frame = layers["frame"]
            comment = layers.get("pkt_comment", {}).get("frame.comment", "-")
            file.write("\t".join([frame.get("frame.time_epoch", "-"), frame.get("frame.interface_id", "0"), frame["frame.cap_len"], frame["frame.len"],
                                  comment, layers["frame_raw"][0]]) + "\n")
    os.chmod(name, 0o644)
    print(name, os.path.getsize(name), len(rows))
