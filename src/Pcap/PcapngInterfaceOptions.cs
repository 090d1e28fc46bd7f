using Weft.Packets;

namespace Weft.Pcap;

/// <summary>How an interface is described in a pcapng file.</summary>
public sealed record PcapngInterfaceOptions
{
    /// <summary>What its packets begin with.</summary>
    public LinkType LinkType { get; init; } = LinkType.Ethernet;

    /// <summary>Bytes to which its packets are cut, 0 for no limit.</summary>
    public int SnapLength { get; init; }

    /// <summary>Name of the device (if_name), or null.</summary>
    public string? Name { get; init; }

    /// <summary>Description of the device (if_description), or null.</summary>
    public string? Description { get; init; }

    /// <summary>Operating system of the machine that owns it (if_os), or null.</summary>
    public string? Os { get; init; }

    /// <summary>Address of the device (if_MACaddr), or null.</summary>
    public MacAddress? MacAddress { get; init; }

    /// <summary>Bits per second (if_speed), or null.</summary>
    public ulong? SpeedBitsPerSecond { get; init; }

    /// <summary>The unit of its timestamps (if_tsresol); finer than a nanosecond gains nothing.</summary>
    public PcapTimestampResolution TimestampResolution { get; init; } = PcapTimestampResolution.Nanoseconds;

    /// <summary>
    /// Seconds that readers add to each timestamp (if_tsoffset). The writer subtracts them, so that packets may be no older.
    /// </summary>
    public long TimestampOffsetSeconds { get; init; }

    /// <summary>Octets of frame check sequence that packets end with (if_fcslen), 0 to 255.</summary>
    public int FcsBytes { get; init; }

    internal PcapngInterfaceOptions Validate()
    {
        PcapWriteLimits.Check(SnapLength, 0, int.MaxValue, nameof(SnapLength));
        PcapWriteLimits.Check(FcsBytes, 0, byte.MaxValue, nameof(FcsBytes));

        // A nanosecond timestamp reaches 292 years; an offset beyond them could not be represented.
        PcapWriteLimits.Check(TimestampOffsetSeconds, long.MinValue / 1_000_000_000, long.MaxValue / 1_000_000_000, nameof(TimestampOffsetSeconds));
        return this;
    }
}
