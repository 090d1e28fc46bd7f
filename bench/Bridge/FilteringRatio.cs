using Weft.Bench.Flows;
using Weft.Bench.Ratios;
using Weft.Bridge;
using Weft.Packets;

namespace Weft.Bench.Bridge;

/// <summary>What the ratios of the filtering database share: as many addresses here as flows in rte_hash, in the same random order.</summary>
/// <param name="package">Whose target it is.</param>
/// <param name="addresses">How many there are.</param>
public abstract class FilteringRatio(string package = "Bridge", int addresses = 1_000_000) : IRatio
{
    private const int ShortAddresses = 64_000;

    /// <summary>Segment of all addresses.</summary>
    private protected const ushort Vlan = 10;

    private RteHash? _peer;
    private FilteringDatabase? _macs;
    private int _addresses;

    /// <inheritdoc/>
    public string Package => package;

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string Unit => "ns/address";

    /// <inheritdoc/>
    public abstract string PeerName { get; }

    /// <inheritdoc/>
    public abstract double Goal { get; }

    /// <summary>How many there are, for the name.</summary>
    private protected string Size => _addresses < 1_000_000 ? $"{_addresses / 1000} k" : "1 M";

    private protected ulong[] Shuffled { get; private set; } = [];

    private protected FlowKey4[] Flows { get; private set; } = [];

    private protected FilteringDatabase Macs => _macs!;

    private protected RteHash RteHash => _peer!;

    /// <inheritdoc/>
    public virtual void SetUp(bool shortRun)
    {
        _addresses = shortRun ? Math.Min(addresses, ShortAddresses) : addresses;
        (_, Flows) = FlowKeys.Make(_addresses);
        Shuffled = [.. Enumerable.Range(1, Flows.Length).Select(number => FilteringDatabase.KeyOf(Vlan, new MacAddress(0x0200_0000_0000UL + (ulong)number)))];
        new Random(1).Shuffle(Shuffled);
        _macs = new FilteringDatabase(new FilteringDatabaseOptions { Capacity = 2 * Flows.Length, PortCount = 64, Seed = new HashSeed(1, 2) });
    }

    /// <inheritdoc/>
    public virtual string? SetUpPeer()
    {
        _peer = RteHash.TryCreate(Flows.Length, out string? whyNot);
        return whyNot;
    }

    /// <inheritdoc/>
    public abstract Sample Ours();

    /// <inheritdoc/>
    public abstract Sample Peer();

    /// <inheritdoc/>
    public void Dispose()
    {
        _macs?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected ulong LearnAll()
    {
        ulong added = 0;
        foreach (ulong key in Shuffled)
        {
            added += Macs.Learn(Vlan, new MacAddress(key), BridgeLocation.Port((int)(key & 63)), Timestamp.Zero) == LearnResult.Added ? 1u : 0;
        }

        return added;
    }

    private protected Sample Measured(long start, ulong result) => new((double)(ThreadClock.Nanoseconds - start) / Shuffled.Length, result);
}
