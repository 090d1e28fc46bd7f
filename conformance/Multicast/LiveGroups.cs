namespace Weft.Conformance.MulticastTests;

/// <summary>Programs of real sockets, run in namespaces: one that joins and counts, one that sends.</summary>
internal static class LiveGroups
{
    /// <summary>
    /// Arguments: device, its address, what to join (GROUP or GROUP,SOURCE, separated by spaces), and the group to leave after the first round or -.
    /// Each round counts for two seconds what the wire and what the sockets brought for each group, and prints one line.
    /// </summary>
    public const string Listener = """
        import os, socket, struct, sys, time
        device, address, joins, leave = sys.argv[1], sys.argv[2], sys.argv[3].split(), sys.argv[4]
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); wire.bind((device, 0)); wire.setblocking(False)
        sockets = {}
        for join in joins:
            group, _, source = join.partition(',')
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((group, 7000)); s.setblocking(False)
            # IP_ADD_SOURCE_MEMBERSHIP is 39, IP_ADD_MEMBERSHIP 35
            aton = socket.inet_aton
            s.setsockopt(0, 39, aton(group) + aton(address) + aton(source)) if source else s.setsockopt(0, 35, aton(group) + aton(address))
            sockets[group] = s
        def drain(s, take):
            try:
                while True: take(s.recv(2048))
            except BlockingIOError: pass
        def round(name):
            seen, got = {}, {}
            end = time.time() + 2.0
            print(name, 'ready', flush=True)
            while time.time() < end:
                def raw(f):
                    if f[12:14] == b'\x08\x00' and f[23] == 17 and f[30] & 0xf0 == 0xe0: seen[socket.inet_ntoa(f[30:34])] = seen.get(socket.inet_ntoa(f[30:34]), 0) + 1
                drain(wire, raw)
                for group, s in sockets.items():
                    drain(s, lambda _: got.__setitem__(group, got.get(group, 0) + 1))
                time.sleep(0.01)
            print(name, 'wire', ' '.join(f'{g}={n}' for g, n in sorted(seen.items())), 'sockets', ' '.join(f'{g}={n}' for g, n in sorted(got.items())), flush=True)
        time.sleep(0.5)
        round('joined')
        if leave != '-': sockets.pop(leave).close()
        time.sleep(3.5)
        round('left')
        """;

    /// <summary>Sends ten datagrams to each group.</summary>
    public const string Sender = """
        import socket, sys, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(0, 32, socket.inet_aton(sys.argv[1])); s.setsockopt(0, 33, 8); s.setsockopt(0, 34, 0)
        for i in range(10):
            for group in sys.argv[2:]: s.sendto(b'x' * 300, (group, 7000))
            time.sleep(0.02)
        """;
}
