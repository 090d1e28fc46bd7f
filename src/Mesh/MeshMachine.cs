using System.Collections.Immutable;
using Weft.Packets;

namespace Weft.Mesh;

/// <summary>A machine of the mesh: who it is, where it is, and what its applications serve.</summary>
public sealed record MeshMachine
{
    /// <summary>Most addresses of one family.</summary>
    public const int MaxAddresses = 4;

    /// <summary>Its number.</summary>
    public required MachineId Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Whom its certificate names. Nothing else decides as whom its connections are restored.</summary>
    public required SpiffeId Identity { get; init; }

    /// <summary>
    /// Addresses that its applications have, at most <see cref="MaxAddresses"/> a family, those of IPv4 mapped. An address's place
    /// among those of its family says which loopback addresses stand for it, so new ones go to the end.
    /// </summary>
    public required ImmutableArray<IPv6Address> Addresses { get; init; }

    /// <summary>Where its agent accepts the TLS connections of other machines' agents.</summary>
    public required MeshEndpoint Tunnel { get; init; }

    /// <summary>Ports that its applications serve, each at every address.</summary>
    public ImmutableArray<MeshPort> Ports { get; init; } = [];

    /// <summary>The services: every port at every address.</summary>
    public IEnumerable<MeshService> Services
    {
        get
        {
            foreach (IPv6Address address in Addresses)
            {
                foreach (MeshPort port in Ports)
                {
                    yield return new MeshService(Id, address, port);
                }
            }
        }
    }

    /// <summary>The place of an address among those of its family; -1 if the machine has no such address.</summary>
    public int PlaceOf(IPv6Address address)
    {
        bool isIPv4 = MeshAddress.IsIPv4(address);
        int place = 0;
        foreach (IPv6Address own in Addresses)
        {
            if (own == address)
            {
                return place;
            }

            place += MeshAddress.IsIPv4(own) == isIPv4 ? 1 : 0;
        }

        return -1;
    }
}
