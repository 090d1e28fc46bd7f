using System.Runtime.InteropServices;

namespace Weft.Bench.Flows;

/// <summary>What an engine remembers of a flow: as large as the peer's session, and like there the key comes on top.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct Session
{
    /// <summary>Packets of the flow.</summary>
    public ulong Packets;
}
