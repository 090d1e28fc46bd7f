namespace Weft.Host.Observe;

/// <summary>A neighbour at the other end of a port's cable, as it described itself.</summary>
public sealed record LldpNeighborSnapshot
{
    /// <summary>The local port.</summary>
    public required string Port { get; init; }

    /// <summary>Its chassis ID.</summary>
    public required string Chassis { get; init; }

    /// <summary>Its port ID.</summary>
    public required string NeighborPort { get; init; }

    /// <summary>Name of its system; empty if it said none.</summary>
    public string System { get; init; } = "";

    /// <summary>Description of its system.</summary>
    public string Description { get; init; } = "";

    /// <summary>Description of its port.</summary>
    public string PortDescription { get; init; } = "";

    /// <summary>What it is at the moment: bridge, router, station and so on.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Address under which it is managed; null if it said none.</summary>
    public string? ManagementAddress { get; init; }

    /// <summary>VLAN of its untagged frames; null if it said none.</summary>
    public int? Pvid { get; init; }

    /// <summary>Its longest frame in bytes; null if it said none.</summary>
    public int? MaxFrameBytes { get; init; }

    /// <summary>Seconds since it was heard first.</summary>
    public double AgeSeconds { get; init; }

    /// <summary>Seconds until it is forgotten unless it speaks again.</summary>
    public double ExpiresSeconds { get; init; }
}
