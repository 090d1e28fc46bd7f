namespace Weft.Conformance.HostTests;

/// <summary>Clients and servers of <see cref="SaseLab"/>, in Python on kernel sockets.</summary>
internal static class SaseTraffic
{
    /// <summary>Says by UDP (port 5353) and by TCP (port 7007), line for line, which endpoint a question came from.</summary>
    public const string Server = """
        import socket, sys, threading
        def datagrams():
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], 5353))
            while True:
                d, a = s.recvfrom(2048)
                s.sendto(d + b" %s:%d" % (a[0].encode(), a[1]), a)
        def serve(c, a):
            try:
                for line in c.makefile("rb"):
                    c.sendall(line.strip() + b" %s:%d\n" % (a[0].encode(), a[1]))
            except OSError:
                pass
        threading.Thread(target=datagrams, daemon=True).start()
        s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((sys.argv[1], 7007)); s.listen(64)
        while True:
            threading.Thread(target=serve, args=s.accept(), daemon=True).start()
        """;

    /// <summary>Sends one datagram.</summary>
    public const string Datagram = """
        import socket, sys
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes.fromhex(sys.argv[3]), (sys.argv[1], int(sys.argv[2])))
        """;

    /// <summary>Asks by UDP until there is an answer, a few times; prints the endpoint.</summary>
    public const string Ask = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.connect((sys.argv[1], 5353))
        for i in range(8):
            try:
                s.send(b"x"); print(s.recv(2048).split()[1].decode()); sys.exit(0)
            except OSError:
                pass
        sys.exit(1)
        """;

    /// <summary>Talks over one connection until it is ended; prints the endpoint with every tenth answer, and what ended it.</summary>
    public const string Talker = """
        import socket, sys, time
        c = socket.create_connection((sys.argv[1], 7007), timeout=60); c.settimeout(120)
        f = c.makefile("rb"); n = 0
        try:
            while True:
                c.sendall(b"%d\n" % n)
                said = f.readline().split()
                if not said: raise OSError("closed")
                n += 1
                if n % 10 == 0: print("said", n, said[1].decode())
                time.sleep(0.01)
        except OSError as e:
            print("ended", e)
        """;

    /// <summary>Sends a datagram each millisecond for a time; prints how many came back, the longest silence and all endpoints.</summary>
    public const string Probe = """
        import socket, sys, time, select
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect((sys.argv[1], 5353)); s.setblocking(False)
        start = due = time.monotonic(); last = None; gap = 0; n = got = 0; ends = set(); print("probing")
        while time.monotonic() - start < float(sys.argv[2]):
            if time.monotonic() >= due:
                try: s.send(b"%d" % n)
                except OSError: pass
                n += 1; due += 0.001
            if select.select([s], [], [], max(0, min(due - time.monotonic(), 0.001)))[0]:
                try: d = s.recv(2048)
                except OSError: continue
                now = time.monotonic(); got += 1; ends.add(d.split()[1].decode())
                gap = max(gap, now - last) if last else gap
                last = now
        print("result", n, got, round(gap * 1000, 1), *sorted(ends))
        """;

    /// <summary>Opens connections that nobody answers, from a port of its own, for a minute.</summary>
    public const string Opener = """
        import socket, sys
        c = socket.socket(); c.settimeout(60); c.bind(("", 45454))
        print("opening")
        try: c.connect((sys.argv[1], 7081))
        except OSError as e: print("ended", e)
        """;

    /// <summary>Prints the sender's endpoint of every SYN to port 7081.</summary>
    public const string Listener = """
        import socket, struct
        s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)); print("listening")
        while True:
            p = s.recv(2048); l = (p[0] & 15) * 4
            if p[9] == 6 and struct.unpack("!H", p[l+2:l+4])[0] == 7081 and p[l+13] & 0x12 == 2:
                print("syn", socket.inet_ntoa(p[12:16]) + ":" + str(struct.unpack("!H", p[l:l+2])[0]))
        """;
}
