using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>A stream between two kernels that is compared octet by octet, by digests.</summary>
internal static class LiveStream
{
    private const int Bytes = 8 << 20;

    public static void Run(NetNamespace from, NetNamespace to, string address)
    {
        using RunningCommand receiver = to.Start("python3", "-c", """
            import socket, hashlib
            s = socket.create_server(("0.0.0.0", 5000)); print("ready", flush=True)
            c, _ = s.accept(); d = hashlib.sha256(); n = 0
            while b := c.recv(1 << 20): d.update(b); n += len(b)
            print(n, d.hexdigest(), flush=True)
            """);
        Assert.True(receiver.WaitForOutput("ready", TimeSpan.FromSeconds(30)));
        CommandResult sent = from.Run(TimeSpan.FromSeconds(90), "python3", "-c", $$"""
            import socket, hashlib, random
            data = random.Random(1).randbytes({{Bytes}})
            s = socket.create_connection(("{{address}}", 5000), timeout=60); s.sendall(data); s.close()
            print(len(data), hashlib.sha256(data).hexdigest())
            """).Required();
        Assert.EndsWith(sent.Output.Trim(), receiver.WaitForExit(TimeSpan.FromSeconds(60)).Output.Trim(), StringComparison.Ordinal);
    }
}
