using System.Text;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What an <see cref="LldpAgent"/> says of its system, and how often.</summary>
public sealed record LldpAgentOptions
{
    /// <summary>Most octets of any text or address in a TLV (IEEE 802.1AB clauses 8.5.2 to 8.5.7).</summary>
    internal const int MaxText = 255;

    /// <summary>Ports; a port's place in the list is its number.</summary>
    public required IReadOnlyList<LldpPortOptions> Ports { get; init; }

    /// <summary>Identifies the system, as chassis ID of subtype 4 (MAC address).</summary>
    public required MacAddress Chassis { get; init; }

    /// <summary>Name of the system; at most 255 octets of UTF-8.</summary>
    public string SystemName { get; init; } = "";

    /// <summary>What the system is; at most 255 octets of UTF-8.</summary>
    public string SystemDescription { get; init; } = "";

    /// <summary>Whether the system routes, beside bridging.</summary>
    public bool IsRouter { get; init; }

    /// <summary>Address under which the system is managed; null if there is none.</summary>
    public IPv4Address? ManagementAddress4 { get; init; }

    /// <summary>As <see cref="ManagementAddress4"/>, for IPv6.</summary>
    public IPv6Address? ManagementAddress6 { get; init; }

    /// <summary>Time between frames (msgTxInterval), 1 s to 3,600 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Intervals for which neighbours are to remember what was said (msgTxHold), 1 to 100.</summary>
    public int Hold { get; init; } = 4;

    /// <summary>Neighbours remembered behind a port, 1 to 64.</summary>
    public int MaxNeighborsPerPort { get; init; } = 8;

    /// <summary>Time from which on the agent speaks.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        Check(Interval.TotalSeconds is >= 1 and <= 3600, nameof(Interval), Interval, "1 s to 3,600 s");
        Check(Hold is >= 1 and <= 100, nameof(Hold), Hold, "1 to 100");
        Check(MaxNeighborsPerPort is >= 1 and <= 64, nameof(MaxNeighborsPerPort), MaxNeighborsPerPort, "1 to 64");
        Check(Chassis.IsValidSource, nameof(Chassis), Chassis, "the address of one station");
        CheckText(SystemName, nameof(SystemName), least: 0);
        CheckText(SystemDescription, nameof(SystemDescription), least: 0);
        foreach (LldpPortOptions port in Ports)
        {
            CheckText(port.Name, nameof(LldpPortOptions.Name), least: 1);
            CheckText(port.Description, nameof(LldpPortOptions.Description), least: 0);
            Check(port.Mac.IsValidSource, nameof(LldpPortOptions.Mac), port.Mac, "the address of one station");
        }
    }

    private static void CheckText(string text, string name, int least)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        Check(bytes >= least && bytes <= MaxText, name, $"{bytes} octets long", $"{least} to {MaxText} octets");
    }

    private static void Check(bool holds, string name, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} is {value}; the allowed range is {range}.");
        }
    }
}
