namespace Weft.Packets;

/// <summary>One option of a TCP header (RFC 9293 section 3.1).</summary>
public readonly ref struct TcpOption
{
    internal TcpOption(byte kind, ReadOnlySpan<byte> data)
    {
        Kind = kind;
        Data = data;
    }

    /// <summary>Kind: 2 is maximum segment size, 3 window scale, 4 SACK permitted, 5 SACK, 8 timestamps.</summary>
    public byte Kind { get; }

    /// <summary>What follows kind and length; empty for the one-octet option 1.</summary>
    public ReadOnlySpan<byte> Data { get; }
}
