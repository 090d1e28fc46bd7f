namespace Weft.Pcap;

/// <summary>Bounds and buffers of a reader. The defaults read everything that tcpdump and Wireshark write.</summary>
public sealed record PcapReaderOptions
{
    /// <summary>The largest packet that is believed: 262,144 bytes, the limit of libpcap.</summary>
    public const int DefaultMaxPacketBytes = 262_144;

    /// <summary>The largest block that is believed: 16 MiB, the limit of Wireshark.</summary>
    public const int DefaultMaxBlockBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Bytes of the largest packet to accept, 64 to 1 GiB. A longer one ends the reading with
    /// <see cref="PcapError.PacketTooLarge"/>, because a length that lies cannot be told from a long packet.
    /// </summary>
    public int MaxPacketBytes { get; init; } = DefaultMaxPacketBytes;

    /// <summary>Bytes of the largest pcapng block to accept, 64 to 1 GiB; memory grows towards it only as bytes really arrive.</summary>
    public int MaxBlockBytes { get; init; } = DefaultMaxBlockBytes;

    /// <summary>Interfaces that one pcapng section may describe, 1 to 1,048,576.</summary>
    public int MaxInterfaces { get; init; } = 4_096;

    /// <summary>
    /// Bytes asked of the file in one read, 1 KiB to 64 MiB. With the default of 256 KiB, reader and writer together stay in
    /// a core's second-level cache; larger ones gain a few percent, 32 KiB lose a quarter.
    /// </summary>
    public int BufferBytes { get; init; } = 256 * 1024;

    internal static readonly PcapReaderOptions Default = new();

    internal PcapReaderOptions Validate()
    {
        Check(MaxPacketBytes, 64, 1 << 30, nameof(MaxPacketBytes));
        Check(MaxBlockBytes, 64, 1 << 30, nameof(MaxBlockBytes));
        Check(MaxInterfaces, 1, 1 << 20, nameof(MaxInterfaces));
        Check(BufferBytes, 1 << 10, 1 << 26, nameof(BufferBytes));
        return this;
    }

    private static void Check(int value, int minimum, int maximum, string name)
    {
        if (value < minimum || value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {minimum} to {maximum}.");
        }
    }
}
