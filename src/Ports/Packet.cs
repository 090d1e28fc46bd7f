namespace Weft.Ports;

/// <summary>
/// A handle to one packet's bytes in a <see cref="PacketPool"/>: which buffer, where in it the packet starts, how long it is.
/// </summary>
/// <remarks>
/// A handle is sixteen bytes and is copied freely; the buffer behind it has one owner at a time, who must return it to the
/// pool once. The bytes before <see cref="Offset"/> are headroom, into which headers are pushed without copying the packet.
/// </remarks>
public struct Packet
{
    /// <summary>Number of the buffer in its pool.</summary>
    public int Buffer;

    /// <summary>First byte of the packet, counted from the start of the buffer.</summary>
    public int Offset;

    /// <summary>Bytes of the packet.</summary>
    public int Length;

    /// <summary>Generation of the buffer when it was rented: how the pool knows a handle whose buffer was returned since.</summary>
    public uint Generation;
}
