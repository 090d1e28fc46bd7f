# Sends frames through a router from one of its two sides and says which came out on the other.
# Arguments: the device on the machine's side, the one on the other side, and a frame for each side that the router always lets through.
# Input, one a line: <tag> <m or r: where it is sent> <hex of the frame>. Output, one a line: <tag> <pass or drop>.
# A frame that the router lets through follows each: once that is there, what did not come before it does not come at all.
import socket, struct, sys

ETH_P_ALL = 3
UDP_PAYLOAD = 14 + 20 + 8


def open_on(device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    s.bind((device, ETH_P_ALL))
    s.settimeout(1)
    return s


def above_ip(frame):
    return frame[14 + 20:14 + struct.unpack("!H", frame[16:18])[0]]


def main():
    sides = {"m": open_on(sys.argv[1]), "r": open_on(sys.argv[2])}
    markers = {"m": bytearray.fromhex(sys.argv[3]), "r": bytearray.fromhex(sys.argv[4])}
    number = 0
    for tag, side, text in (line.split() for line in sys.stdin if line.strip()):
        frame = bytes.fromhex(text)
        source, target = sides[side], sides["r" if side == "m" else "m"]
        marker = markers[side]
        number += 1
        struct.pack_into("!I", marker, UDP_PAYLOAD, number)
        source.send(frame)
        source.send(marker)
        passed = False
        while True:
            try:
                heard, where = target.recvfrom(65536)
            except socket.timeout:
                source.send(marker)
                continue
            if where[2] == socket.PACKET_OUTGOING or heard[12:14] != b"\x08\x00":
                continue
            if above_ip(heard) == above_ip(marker):
                break
            passed = passed or above_ip(heard) == above_ip(frame)
        print(tag, "pass" if passed else "drop", flush=True)


main()
