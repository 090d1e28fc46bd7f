namespace Weft.Pcap;

/// <summary>What the header of a pcap file says.</summary>
public sealed record PcapWriterOptions
{
    /// <summary>What packets begin with.</summary>
    public LinkType LinkType { get; init; } = LinkType.Ethernet;

    /// <summary><see cref="PcapFormat.PcapNanoseconds"/> (the default) or <see cref="PcapFormat.PcapMicroseconds"/>.</summary>
    public PcapFormat Format { get; init; } = PcapFormat.PcapNanoseconds;

    /// <summary>Bytes to which packets are cut, 1 to 2,147,483,647.</summary>
    public int SnapLength { get; init; } = PcapReaderOptions.DefaultMaxPacketBytes;

    /// <summary>Bytes of frame check sequence that packets end with: an even number from 0 to 30.</summary>
    public int FcsBytes { get; init; }

    /// <summary>Writes numbers big-endian instead of little-endian; readers take both.</summary>
    public bool BigEndian { get; init; }

    /// <summary>Bytes collected before they are written to a stream, 1 KiB to 64 MiB; without meaning for a pipe.</summary>
    public int BufferBytes { get; init; } = 256 * 1024;

    internal PcapWriterOptions Validate()
    {
        if (Format is not (PcapFormat.PcapMicroseconds or PcapFormat.PcapNanoseconds))
        {
            throw new ArgumentOutOfRangeException(nameof(Format), Format, "Format must be PcapMicroseconds or PcapNanoseconds.");
        }

        PcapWriteLimits.Check(SnapLength, 1, int.MaxValue, nameof(SnapLength));
        PcapWriteLimits.Check(BufferBytes, PcapWriteLimits.MinBufferBytes, PcapWriteLimits.MaxBufferBytes, nameof(BufferBytes));
        if (FcsBytes is < 0 or > 30 || (FcsBytes & 1) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(FcsBytes), FcsBytes, "FcsBytes must be an even number from 0 to 30.");
        }

        return this;
    }
}
