using Weft.Packets;

namespace Weft.Multicast;

/// <summary>A membership that needs no reports and never ends.</summary>
public sealed record StaticMembership
{
    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>The group, of more than link scope; IPv4 groups are mapped (<see cref="MulticastAddress"/>).</summary>
    public required IPv6Address Group { get; init; }

    /// <summary>The only source that passes because of it; null, the default, for all.</summary>
    public IPv6Address? Source { get; init; }
}
