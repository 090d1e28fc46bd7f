using Weft.Packets;

namespace Weft.Bridge;

/// <summary>What a DHCP relay says of itself and of a link that it relays for.</summary>
public sealed record DhcpRelayOptions
{
    /// <summary>Address under which servers answer: giaddr (RFC 1542 section 4.1.1). Default for IPv6 alone.</summary>
    public IPv4Address Address { get; init; }

    /// <summary>Own address on the clients' link if it is not <see cref="Address"/>: servers choose from its network (RFC 3527); null to leave that to giaddr.</summary>
    public IPv4Address? Link { get; init; }

    /// <summary>Own address on the clients' link for DHCPv6: link-address (RFC 8415 section 19.1.1).</summary>
    public IPv6Address Address6 { get; init; }

    /// <summary>The link's number, which servers of DHCPv6 give back (Interface-Id).</summary>
    public ushort InterfaceId { get; init; }

    /// <summary>Whether option 82 says where a client is (RFC 3046).</summary>
    public bool AddsInformation { get; init; } = true;

    /// <summary>Whether requests that another relay sent on are relayed once more.</summary>
    public bool TrustsRelays { get; init; }

    /// <summary>Relays that a request may have passed, 1 to 16.</summary>
    public int MaxHops { get; init; } = 4;

    internal void Validate()
    {
        if (MaxHops is < 1 or > 16)
        {
            throw new ArgumentException($"{nameof(MaxHops)} is {MaxHops}; the allowed range is 1 to 16.");
        }
    }
}
