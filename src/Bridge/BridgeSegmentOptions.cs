using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One layer-2 segment: a VLAN on local ports and the remote tunnel endpoints that share it.</summary>
public sealed record BridgeSegmentOptions
{
    /// <summary>Shortest ageing time (IEEE 802.1Q table 8-6).</summary>
    public static readonly TimeSpan MinAgeing = TimeSpan.FromSeconds(10);

    /// <summary>Longest ageing time (IEEE 802.1Q table 8-6).</summary>
    public static readonly TimeSpan MaxAgeing = TimeSpan.FromSeconds(1_000_000);

    /// <summary>Default ageing time (IEEE 802.1Q table 8-6).</summary>
    public static readonly TimeSpan DefaultAgeing = TimeSpan.FromSeconds(300);

    /// <summary>VLAN of the segment, 1 to 4094; also its filtering identifier.</summary>
    public required ushort Vlan { get; init; }

    /// <summary>
    /// Remote tunnel endpoints that get a copy of every broadcast, unknown unicast and multicast frame from a local port
    /// (head-end replication, RFC 8365 section 5.1.3 calls it ingress replication).
    /// </summary>
    public IReadOnlyList<int> Vteps { get; init; } = [];

    /// <summary>Whether source addresses are learned.</summary>
    public bool Learning { get; init; } = true;

    /// <summary>Whether unicast to an unknown address is flooded (true) or dropped.</summary>
    public bool FloodUnknown { get; init; } = true;

    /// <summary>Answer ARP requests of local machines for known bindings instead of flooding them.</summary>
    public bool SuppressArp { get; init; }

    /// <summary>Answer neighbour solicitations of local machines for known bindings instead of flooding them.</summary>
    public bool SuppressNd { get; init; }

    /// <summary>Time after which an address that was not seen is forgotten.</summary>
    public TimeSpan Ageing { get; init; } = DefaultAgeing;

    /// <summary>Most addresses that are learned in the segment, at least 0.</summary>
    public int MaxLearned { get; init; } = int.MaxValue;

    internal void Validate()
    {
        if (Vlan is 0 or > VlanTag.MaxVlanId)
        {
            throw new ArgumentException($"{nameof(Vlan)} is {Vlan}; the allowed range is 1 to {VlanTag.MaxVlanId}.");
        }

        if (Ageing < MinAgeing || Ageing > MaxAgeing)
        {
            throw new ArgumentException(
                $"{nameof(Ageing)} of VLAN {Vlan} is {Ageing.TotalSeconds} s; the allowed range is {MinAgeing.TotalSeconds} to {MaxAgeing.TotalSeconds} s.");
        }

        if (MaxLearned < 0)
        {
            throw new ArgumentException($"{nameof(MaxLearned)} of VLAN {Vlan} is {MaxLearned}; it must not be negative.");
        }

        if (Vteps.Distinct().Count() != Vteps.Count)
        {
            throw new ArgumentException($"{nameof(Vteps)} of VLAN {Vlan} names a tunnel endpoint twice; each would get two copies.");
        }
    }
}
