using System.Runtime.InteropServices;

namespace Weft.Services;

/// <summary>What <see cref="ConnectionTracker"/> remembers of a flow.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct ConnectionState
{
    internal TcpSide Forward;
    internal TcpSide Reverse;

    /// <summary>Octets and packets in both directions are counted for accounting (MEF 117 sessions, conntrack's counters).</summary>
    internal ulong ForwardPackets;
    internal ulong ReversePackets;
    internal ulong ForwardBytes;
    internal ulong ReverseBytes;
}
