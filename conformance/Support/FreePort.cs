using System.Net;
using System.Net.Sockets;

namespace Weft.Conformance.Support;

/// <summary>Ports that nobody has at the moment.</summary>
public static class FreePort
{
    /// <summary>A TCP port of 127.0.0.1 that was free when it was asked for.</summary>
    public static int OnLoopback()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
