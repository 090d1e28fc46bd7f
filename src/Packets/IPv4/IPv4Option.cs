namespace Weft.Packets;

/// <summary>One option of an IPv4 header (RFC 791 section 3.1).</summary>
public readonly ref struct IPv4Option
{
    internal IPv4Option(byte type, ReadOnlySpan<byte> data)
    {
        Type = type;
        Data = data;
    }

    /// <summary>Copied flag, class and number in one octet: 7 is record route, 148 router alert.</summary>
    public byte Type { get; }

    /// <summary>What follows type and length; empty for the one-octet option 1.</summary>
    public ReadOnlySpan<byte> Data { get; }
}
