namespace Weft.Conformance.HostTests;

/// <summary>Programs of the machines and the server, in Python, whose sockets are the kernel's.</summary>
internal static class NatTraffic
{
    /// <summary>Answers TCP and UDP on port 7000 with what it gets, and says where it came from.</summary>
    public const string Server = """
        import asyncio, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        class Udp(asyncio.DatagramProtocol):
            def connection_made(self, t): self.t = t
            def datagram_received(self, d, a): self.t.sendto(d + b' ' + ('%s %d' % a).encode(), a)
        async def tcp(r, w):
            peer = ('%s %d\n' % w.get_extra_info('peername')).encode()
            try:
                while line := await r.readline():
                    w.write(line.rstrip() + b' ' + peer)
                    await w.drain()
            except ConnectionError:
                print('lost', flush=True)
            w.close()
        async def main():
            loop = asyncio.get_running_loop()
            await loop.create_datagram_endpoint(Udp, local_addr=('0.0.0.0', 7000))
            server = await asyncio.start_server(tcp, '0.0.0.0', 7000, backlog=1024)
            print('ready', flush=True)
            await server.serve_forever()
        asyncio.run(main())
        """;

    /// <summary>
    /// Opens flows that live at the same time, UDP, TCP and ICMP echoes with identifiers of their own, and asks on each until it is answered; arguments: server, UDP, TCP, ICMP.
    /// Says how many of each succeeded and between which ports their flows were seen outside.
    /// </summary>
    public const string Client = """
        import socket, select, struct, sys, time, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        server, udp, tcp, icmp = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        ports, ok = [], [0, 0, 0]
        def take(data, mark):
            parts = data.decode().split()
            if len(parts) == 3 and parts[0] == mark and parts[1] == '192.0.2.1':
                ports.append(int(parts[2]))
                return True
            return False
        waiting = {}
        for n in range(udp):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect((server, 7000))
            waiting[s.fileno()] = (s, 'u%d' % n)
        keep = list(waiting.values())
        for attempt in range(10):
            poller = select.poll()
            for i, (fd, (s, mark)) in enumerate(waiting.items()):
                s.send(mark.encode())
                poller.register(fd, select.POLLIN)
                if i % 50 == 49: time.sleep(0.01)
            end = time.time() + 3
            while waiting and time.time() < end:
                for fd, _ in poller.poll(200):
                    s, mark = waiting.get(fd, (None, None))
                    if s and take(s.recv(200), mark):
                        ok[0] += 1
                        del waiting[fd]
                        poller.unregister(fd)
            if not waiting: break
        streams = []
        for n in range(tcp):
            s = socket.create_connection((server, 7000), timeout=20)
            streams.append(s)
        for n, s in enumerate(streams): s.sendall(b't%d\n' % n)
        for n, s in enumerate(streams): ok[1] += take(s.recv(200), 't%d' % n)
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        raw.settimeout(0.3)
        def checksum(b):
            t = sum(struct.unpack('!%dH' % (len(b) // 2), b))
            t = (t & 0xFFFF) + (t >> 16)
            return ~((t & 0xFFFF) + (t >> 16)) & 0xFFFF
        missing = set(range(1, icmp + 1))
        for attempt in range(10):
            for i, n in enumerate(sorted(missing)):
                head = struct.pack('!BBHHH', 8, 0, 0, n, attempt)
                raw.sendto(struct.pack('!BBHHH', 8, 0, checksum(head), n, attempt), (server, 0))
                if i % 50 == 49: time.sleep(0.01)
            end = time.time() + 3
            while missing and time.time() < end:
                try: data = raw.recv(200)
                except TimeoutError: continue
                kind, code, _, n, _ = struct.unpack('!BBHHH', data[20:28])
                if kind == 0 and n in missing:
                    missing.discard(n)
                    ok[2] += 1
            if not missing: break
        print(*ok, min(ports, default=0), max(ports, default=0))
        """;

    /// <summary>Talks over one TCP connection and one UDP socket, a line every 10 ms; arguments: server, seconds. Says how often, and between which ports.</summary>
    public const string Talker = """
        import socket, sys, time
        server, seconds = sys.argv[1], float(sys.argv[2])
        t = socket.create_connection((server, 7000), timeout=30)
        f = t.makefile('rwb', buffering=0)
        n, ends = 0, set()
        end = time.time() + seconds
        while time.time() < end:
            f.write(b'%d\n' % n)
            mark, address, port = f.readline().decode().split()
            assert int(mark) == n and address == '192.0.2.1', (mark, n, address)
            ends.add(port)
            n += 1
            if n == 1: print('talking', flush=True)
            time.sleep(0.01)
        print('said', n, len(ends), flush=True)
        """;
}
