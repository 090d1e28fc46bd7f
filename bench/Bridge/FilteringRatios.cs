using Weft.Bench.Ratios;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Bench.Bridge;

/// <summary>New addresses, as a network that has just been plugged in brings them; the peer keeps no counts of places and segments.</summary>
public sealed class FilteringLearnRatio : FilteringRatio
{
    /// <inheritdoc/>
    public override string Name => $"learn {Size} addresses with limits, ageing and counters";

    /// <inheritdoc/>
    public override string PeerName => "DPDK rte_hash_add_key_data, keys of 16 bytes, nothing else";

    /// <inheritdoc/>
    public override double Goal => 1.5;

    /// <inheritdoc/>
    public override Sample Ours()
    {
        _ = Macs.FlushAll();
        long start = ThreadClock.Nanoseconds;
        return Measured(start, LearnAll());
    }

    /// <inheritdoc/>
    public override Sample Peer()
    {
        RteHash.Clear();
        return RteHash.Insert(Flows);
    }
}

/// <summary>Destinations one by one, and those of a burst, on both sides.</summary>
public sealed class FilteringLookupRatios : IRatioFamily
{
    /// <inheritdoc/>
    public IEnumerable<IRatio> Make() => [new FilteringLookup(batch: 1, goal: 1), new FilteringLookup(batch: 32, goal: 1)];
}

/// <summary>Looking destinations up in random order.</summary>
/// <param name="batch">How many at a time.</param>
/// <param name="goal">Ours by the peer's, at most.</param>
/// <param name="package">Whose target it is.</param>
/// <param name="prefix">What its name begins with.</param>
/// <param name="addresses">How many there are.</param>
internal sealed class FilteringLookup(int batch, double goal, string package = "Bridge", string prefix = "", int addresses = 1_000_000) : FilteringRatio(package, addresses)
{
    private readonly BridgeLocation[] _where = new BridgeLocation[batch];
    private readonly bool[] _known = new bool[batch];
    private ulong _rounds;

    /// <inheritdoc/>
    public override double Goal => goal;

    /// <inheritdoc/>
    public override string Name => $"{prefix}look up {(batch == 1 ? "one by one" : $"a burst of {batch}")} among {Size} addresses, ageing checked";

    /// <inheritdoc/>
    public override string PeerName => batch == 1
        ? "DPDK rte_hash_lookup_data, keys of 16 bytes, then touch a session"
        : "DPDK rte_hash_lookup_bulk_data of 32, keys of 16 bytes, then touch a session";

    /// <inheritdoc/>
    public override void SetUp(bool shortRun)
    {
        base.SetUp(shortRun);
        _ = LearnAll();
    }

    /// <inheritdoc/>
    public override string? SetUpPeer()
    {
        string? whyNot = base.SetUpPeer();
        if (whyNot is null)
        {
            _ = RteHash.Insert(Flows);
        }

        return whyNot;
    }

    /// <inheritdoc/>
    public override Sample Ours()
    {
        ulong found = 0;
        long start = ThreadClock.Nanoseconds;
        if (batch == 1)
        {
            foreach (ulong key in Shuffled)
            {
                found += Macs.TryLookup(Vlan, new MacAddress(key), Timestamp.Zero, out _) ? 1u : 0;
            }
        }
        else
        {
            for (int i = 0; i + batch <= Shuffled.Length; i += batch)
            {
                Macs.Lookup(Shuffled.AsSpan(i, batch), Timestamp.Zero, _where, _known);
                foreach (bool known in _known)
                {
                    found += known ? 1u : 0;
                }
            }
        }

        // The peer counts the packets of each session: one more in each round.
        return Measured(start, found * ++_rounds);
    }

    /// <inheritdoc/>
    public override Sample Peer() => batch == 1 ? RteHash.LookupSingle(Flows) : RteHash.Lookup(Flows);
}
