namespace Weft.Conformance.HostTests;

/// <summary>What machine and server say to each other while the machine moves.</summary>
internal static class MoveTraffic
{
    /// <summary>Echoes TCP on port 7000 and UDP on 7001; names each datagram that comes a second time.</summary>
    public const string Server = """
        import socket, threading
        def serve(c):
            try:
                while True:
                    b = c.recv(65536)
                    if not b: return
                    c.sendall(b)
            except OSError: pass
        t = socket.create_server(('', 7000), backlog=512)
        def accept():
            while True:
                threading.Thread(target=serve, args=(t.accept()[0],), daemon=True).start()
        threading.Thread(target=accept, daemon=True).start()
        u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        u.setsockopt(socket.IPPROTO_IP, 8, 1)
        u.bind(('', 7001))
        seen = set()
        print('ready', flush=True)
        while True:
            b, aux, flags, a = u.recvmsg(2048, 256)
            # The answer comes from the address that was asked.
            local = next(d[8:12] for l, t, d in aux if l == socket.IPPROTO_IP and t == 8)
            if (a, b) in seen: print('twice', a, b, flush=True)
            seen.add((a, b))
            info = b'\0\0\0\0' + local + b'\0\0\0\0'
            u.sendmsg([b], [(socket.IPPROTO_IP, 8, info)], 0, a)
        """;

    /// <summary>
    /// Talks over TCP connections and from UDP ports until a file named stop is there. Says "talking" when all of them do, "went on" when all have gone on
    /// after a file named mark appeared, and at last the fewest rounds of a connection, connections that broke, datagrams sent, answered, answered twice.
    /// </summary>
    public const string Client = """
        import os, socket, sys, threading, time
        to, tcp, udp, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        stop, mark = os.path.join(folder, 'stop'), os.path.join(folder, 'mark')
        broken, rounds, answers = [], [0] * tcp, [0] * udp
        def talk(i):
            try:
                s = socket.create_connection((to, 7000), timeout=120)
                while not os.path.exists(stop):
                    m = b'%06d %06d ' % (i, rounds[i]) * 20
                    s.sendall(m)
                    got = b''
                    while len(got) < len(m):
                        p = s.recv(len(m) - len(got))
                        if not p: raise OSError('closed')
                        got += p
                    if got != m: raise OSError('other bytes')
                    rounds[i] += 1
                    time.sleep(0.02)
            except Exception as e:
                broken.append(f'{i}: {e!r}')
        sent, seen, twice = [0], set(), [0]
        def stream():
            socks = []
            for i in range(udp):
                u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                u.connect((to, 7001))
                u.setblocking(False)
                socks.append(u)
            while not os.path.exists(stop):
                for i, u in enumerate(socks):
                    try: u.send(b'%d %d' % (i, sent[0]))
                    except OSError: pass
                    sent[0] += 1
                    try:
                        while True:
                            b = u.recv(2048)
                            if b in seen: twice[0] += 1
                            seen.add(b)
                            answers[i] += 1
                    except OSError: pass
                    time.sleep(0.001)
        threads = [threading.Thread(target=talk, args=(i,)) for i in range(tcp)] + [threading.Thread(target=stream)]
        for t in threads: t.start()
        def reached(least): return not broken and all(r > b for r, b in zip(rounds + answers, least))
        said, base = 0, [0] * (tcp + udp)
        while any(t.is_alive() for t in threads):
            if said == 0 and reached(base): said = 1; print('talking', flush=True)
            if said == 1 and os.path.exists(mark): base = [n + 3 for n in rounds + answers]; said = 2
            if said == 2 and reached(base): said = 1; os.remove(mark); print('went on', flush=True)
            if broken and said != 9: said = 9; print('broken', broken[:5], flush=True)
            time.sleep(0.05)
        print('result', min(rounds), len(broken), sent[0], len(seen), twice[0], flush=True)
        """;
}
