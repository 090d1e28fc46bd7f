using System.Net;
using System.Net.Sockets;

namespace Weft.Conformance.Support;

/// <summary>Ports that nobody has at the moment.</summary>
public static class FreePort
{
    /// <summary>A TCP port of 127.0.0.1 that was free when it was asked for.</summary>
    public static int OnLoopback() => OnLoopback(1)[0];

    /// <summary>Several TCP ports of 127.0.0.1, no two the same, that were free when they were asked for.</summary>
    public static int[] OnLoopback(int count)
    {
        TcpListener[] probes = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            Array.ForEach(probes, probe => probe.Start());
            return [.. probes.Select(probe => ((IPEndPoint)probe.LocalEndpoint).Port)];
        }
        finally
        {
            Array.ForEach(probes, probe => probe.Dispose());
        }
    }
}
