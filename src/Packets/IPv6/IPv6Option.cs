namespace Weft.Packets;

/// <summary>One option of a hop-by-hop or destination options header (RFC 8200 section 4.2).</summary>
public readonly ref struct IPv6Option
{
    internal IPv6Option(byte type, ReadOnlySpan<byte> data)
    {
        Type = type;
        Data = data;
    }

    /// <summary>Type; its two upper bits say what a node does that does not know it. 5 is router alert.</summary>
    public byte Type { get; }

    /// <summary>What follows type and length; empty for the one-octet option 0 (Pad1).</summary>
    public ReadOnlySpan<byte> Data { get; }
}
