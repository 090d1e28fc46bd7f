using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What an <see cref="LldpAgent"/> does and says at one port.</summary>
public sealed record LldpPortOptions
{
    /// <summary>Name of the port, its port ID of subtype 5 (interface name); 1 to 255 octets of UTF-8.</summary>
    public required string Name { get; init; }

    /// <summary>Source address of frames.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Whether the port sends (adminStatus enabledTxOnly or enabledRxTx).</summary>
    public bool Transmits { get; init; }

    /// <summary>Whether the port receives (adminStatus enabledRxOnly or enabledRxTx).</summary>
    public bool Receives { get; init; }

    /// <summary>What the port is for; empty to say nothing. At most 255 octets of UTF-8.</summary>
    public string Description { get; init; } = "";

    /// <summary>VLAN of untagged frames (IEEE 802.1Q annex D.2.1); 0 for none or not said.</summary>
    public ushort Pvid { get; init; }

    /// <summary>Longest frame, Ethernet header and checksum included (IEEE 802.3 clause 79.3.4); 0 if it is not said.</summary>
    public ushort MaxFrameBytes { get; init; }

    /// <summary>One more than the number of the group that the port belongs to (IEEE 802.1AX annex F); 0 if it belongs to none.</summary>
    public uint AggregatedPort { get; init; }
}
