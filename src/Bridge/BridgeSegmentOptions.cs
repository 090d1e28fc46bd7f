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

    /// <summary>Longest <see cref="AskAgain"/>.</summary>
    public static readonly TimeSpan MaxAskAgain = TimeSpan.FromSeconds(3_600);

    /// <summary>
    /// Default of <see cref="AskAgain"/>. Longer than a neighbour cache takes from an answer to its next question to all: with the times of RFC 4861
    /// section 10, 45 s reachable at most, 5 s delay, 3 direct questions a second apart.
    /// </summary>
    public static readonly TimeSpan DefaultAskAgain = TimeSpan.FromSeconds(120);

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

    /// <summary>
    /// A question that comes again from the same machine within this time after it was answered is flooded, unless the machine that it asks for was
    /// heard meanwhile: the answer was perhaps out of date, which only that machine can tell (RFC 9161 section 3.5 has the same end by other means).
    /// Neighbour caches ask all only after their direct questions got no answer (RFC 1122 section 2.3.2.1, RFC 4861 section 7.3.3), so this costs
    /// little. Zero to answer always, 3600 s at most.
    /// </summary>
    public TimeSpan AskAgain { get; init; } = DefaultAskAgain;

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

        if (AskAgain < TimeSpan.Zero || AskAgain > MaxAskAgain)
        {
            throw new ArgumentException($"{nameof(AskAgain)} of VLAN {Vlan} is {AskAgain.TotalSeconds} s; the allowed range is 0 to {MaxAskAgain.TotalSeconds} s.");
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
