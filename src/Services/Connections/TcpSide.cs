using System.Runtime.InteropServices;

namespace Weft.Services;

/// <summary>What a tracker knows of one side of a TCP connection: 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct TcpSide
{
    /// <summary>One more than the highest sequence number that the side has sent.</summary>
    public uint End;

    /// <summary>One more than the highest sequence number that the other side has made room for.</summary>
    public uint Limit;

    /// <summary>The largest window that the side has offered, in octets; 0 until it has spoken.</summary>
    public uint MaxWindow;

    /// <summary>Its window scale (RFC 7323 section 2), 0 to 14.</summary>
    public byte Scale;

    /// <summary>1 if its SYN had the window scale option.</summary>
    public byte Scales;

    /// <summary>1 once its FIN was seen.</summary>
    public byte Finished;

    /// <summary>1 if it may have sent since what is known of it was known: its next segment says how far it is.</summary>
    public byte Late;
}
