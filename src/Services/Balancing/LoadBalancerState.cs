using System.Runtime.InteropServices;
using Weft.Packets;

namespace Weft.Services;

/// <summary>What <see cref="LoadBalancer"/> remembers of a flow: the server, and what the client knows it by.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct LoadBalancerState
{
    internal IPv6Address Server;
    internal IPv6Address Virtual;
    internal ushort ServerPort;
    internal ushort VirtualPort;

    /// <summary>1 if the flow is balanced, 2 if it was looked at and is not.</summary>
    internal byte Kind;

    private readonly byte _padding0;
    private readonly ushort _padding1;
}
