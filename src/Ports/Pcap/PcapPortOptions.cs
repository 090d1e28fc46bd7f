namespace Weft.Ports;

/// <summary>Which captures a <see cref="PcapPort"/> reads and writes.</summary>
public sealed record PcapPortOptions
{
    /// <summary>The capture whose frames arrive, pcap or pcapng; null for a port on which nothing arrives.</summary>
    public string? ReadPath { get; init; }

    /// <summary>
    /// The capture into which sent frames go, pcapng if the name ends so and pcap otherwise; an existing file is replaced.
    /// Null to count sent frames and forget them.
    /// </summary>
    public string? WritePath { get; init; }
}
