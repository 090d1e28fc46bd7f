using Weft.Packets;

namespace Weft.Host.Config;

/// <summary>Where applications of this machine are.</summary>
public sealed record MeshApplicationPlan
{
    /// <summary>Index of the port behind which they are.</summary>
    public required int Port { get; init; }

    /// <summary>MAC address of what is behind it.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Their addresses, those of IPv4 mapped.</summary>
    public required IReadOnlyList<IPv6Address> Addresses { get; init; }
}
