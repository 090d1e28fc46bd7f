using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Between whom a mirror speaks ERSPAN (draft-foschiano-erspan-03), and how.</summary>
public sealed record ErspanOptions
{
    /// <summary>Own address; mapped for IPv4.</summary>
    public required IPv6Address Source { get; init; }

    /// <summary>The collector's address, of the same family.</summary>
    public required IPv6Address Destination { get; init; }

    /// <summary>Whether both are IPv4.</summary>
    public required bool IsIPv4 { get; init; }

    /// <summary>Session, 0 to 1023.</summary>
    public required int Session { get; init; }

    /// <summary>Type, 2 or 3.</summary>
    public int Type { get; init; } = 2;

    /// <summary>TTL or hop limit, 1 to 255.</summary>
    public byte HopLimit { get; init; } = 64;

    /// <summary>Code point of the outer header, 0 to 63.</summary>
    public byte Dscp { get; init; }

    internal void Validate()
    {
        if (Session is < 0 or > 1023 || Type is not (2 or 3) || Dscp > 63 || HopLimit == 0)
        {
            throw new ArgumentException($"{nameof(Session)} is {Session} (0 to 1023), {nameof(Type)} {Type} (2 or 3), {nameof(Dscp)} {Dscp} (0 to 63), {nameof(HopLimit)} {HopLimit} (1 to 255).");
        }
    }
}
