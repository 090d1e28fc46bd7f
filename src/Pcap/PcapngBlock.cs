namespace Weft.Pcap;

/// <summary>
/// A pcapng block as it stands in the file: what a reader delivers to those who want more than packets, and what
/// <see cref="PcapngWriter.WriteBlock(in PcapngBlock)"/> copies. Its bytes are valid until the reader is asked for anything else.
/// </summary>
public readonly ref struct PcapngBlock
{
    internal const int HeaderBytes = 8;
    internal const int TrailerBytes = 4;
    private readonly PcapPacket _packet;
    private readonly ReadOnlySpan<byte> _options;

    internal PcapngBlock(PcapngBlockType type, ReadOnlySpan<byte> raw, bool swapped, long offset)
    {
        Type = type;
        Raw = raw;
        Swapped = swapped;
        Offset = offset;
    }

    internal PcapngBlock(PcapngBlock block, ReadOnlySpan<byte> options)
    {
        this = block;
        _options = options;
    }

    internal PcapngBlock(PcapngBlock block, PcapInterface source, ReadOnlySpan<byte> options)
    {
        this = block;
        Interface = source;
        _options = options;
    }

    internal PcapngBlock(PcapngBlock block, PcapPacket packet)
    {
        this = block;
        _packet = packet;
        _options = packet.Options.Raw;
        Interface = packet.Interface;
    }

    /// <summary>What the block is; may be a type that has no name here.</summary>
    public PcapngBlockType Type { get; }

    /// <summary>The whole block, from its type to its second length.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>The block without its type and its two lengths.</summary>
    public ReadOnlySpan<byte> Body => Raw[HeaderBytes..^TrailerBytes];

    /// <summary>Byte of the file at which the block begins.</summary>
    public long Offset { get; }

    /// <summary>True if the numbers of the block's section are big-endian.</summary>
    public bool IsBigEndian => Swapped == BitConverter.IsLittleEndian;

    /// <summary>The interface that a packet, an interface description or a statistics block is about; null for other blocks.</summary>
    public PcapInterface? Interface { get; }

    /// <summary>True if the block holds a packet: enhanced, simple or obsolete.</summary>
    public bool IsPacket => Type is PcapngBlockType.EnhancedPacket or PcapngBlockType.SimplePacket or PcapngBlockType.ObsoletePacket;

    /// <summary>
    /// The options of a section header, interface description, statistics or packet block. Those of name resolution and
    /// secrets are reached through <see cref="PcapngNames"/> and <see cref="PcapngSecrets"/>; unknown blocks have none.
    /// </summary>
    public PcapngOptions Options => new(_options, Swapped);

    internal bool Swapped { get; }

    /// <summary>The packet in the block.</summary>
    /// <returns>False if the block holds none.</returns>
    public bool TryGetPacket(out PcapPacket packet)
    {
        packet = _packet;
        return IsPacket;
    }
}
