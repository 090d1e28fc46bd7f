# Sends raw datagrams from inside a network namespace and says where each came out and as what.
# Input, one a line: <tag> <hex of the datagram>. Output, one a line: <tag> <device> <hex of what came out>, or <tag> - -.
# A datagram is recognised by its last four octets.
import select, socket, struct, sys, time

ETH_P_ALL = 3


def listen(device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    s.bind((device, ETH_P_ALL))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    return s


def main():
    devices = sys.argv[1:]
    ears = {listen(d): d for d in devices}
    raw4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw6.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    lines = [line.split() for line in sys.stdin if line.strip()]
    for tag, text in lines:
        packet = bytes.fromhex(text)
        mark = packet[-4:]
        length = len(packet)
        for ear in ears:  # what is left of the one before
            ear.setblocking(False)
            try:
                while True:
                    ear.recv(65536)
            except BlockingIOError:
                pass
        refused = False
        try:
            if packet[0] >> 4 == 4:
                raw4.sendto(packet, (socket.inet_ntop(socket.AF_INET, packet[16:20]), 0))
            else:
                raw6.sendto(packet, (socket.inet_ntop(socket.AF_INET6, packet[24:40]), 0, 0, 0))
        except OSError as e:
            refused = e.errno in (1, 101, 113)  # EPERM: a rule dropped it
            if not refused:
                raise
        found = None
        # A local sender's packet has passed every hook and been heard by every ear when sendto returns.
        deadline = time.monotonic() + (0 if refused else 0.02)
        while found is None:
            ready = select.select(list(ears), [], [], 0.01)[0]
            if not ready and time.monotonic() >= deadline:
                break
            for ear in ready:
                data, where = ear.recvfrom(65536)
                if len(data) >= length and data[length - 4:length] == mark and where[2] == socket.PACKET_OUTGOING:
                    found = (ears[ear], data[:length].hex())
                    break
        print(tag, *(found or ("-", "-")), flush=True)


main()
