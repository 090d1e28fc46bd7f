using Weft.Flows;
using Weft.Packets;

namespace Weft.Nat;

/// <summary>What a <see cref="NatEngine"/> is made of.</summary>
public sealed record NatOptions
{
    /// <summary>Secret of the hashes and of the choice of ports. Draw it at random in production.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>
    /// Mappings and sessions together, 16 to 2^26; 65,536 by default. A flow takes one where mapping and filtering are
    /// endpoint-independent (UDP and ICMP by default) or mapping is per remote; otherwise a session, and its mapping another. An SCTP
    /// association takes two.
    /// </summary>
    public int Entries { get; init; } = 65_536;

    /// <summary>Machines that have mappings at a time, 1 to 2^20; 4,096 by default.</summary>
    public int Machines { get; init; } = 4096;

    /// <summary>Mappings of a machine for each protocol, 1 to 65,535; no limit below that by default (RFC 6888 REQ-4).</summary>
    public int MappingsPerMachine { get; init; } = ushort.MaxValue;

    /// <summary>Sessions of a machine for all protocols, 1 to 2^26; no limit below that by default (RFC 6888 REQ-5).</summary>
    public int SessionsPerMachine { get; init; } = MaxEntries;

    /// <summary>
    /// Mappings and sessions that a machine may make in a second, 1 to 2^30; no limit below that by default (RFC 6888 REQ-4C, 5B).
    /// </summary>
    public int NewFlowsPerSecond { get; init; } = MaxRate;

    /// <summary>Destinations that are not translated (RFC 6888 REQ-6), at most <see cref="MaxExemptions"/>; none by default.</summary>
    public IReadOnlyList<NatExemption> Exemptions { get; init; } = [];

    /// <summary>Machines that may have an address of their own (<see cref="NatEngine.TryMapAddress"/>), 0 to 4,096; 64 by default.</summary>
    public int AddressMaps { get; init; } = 64;

    /// <summary>
    /// Whether flows that are mapped per remote share ports once a block has none left, as long as their remotes differ (RFC 7857 section 3).
    /// Off by default. Flows that share a port do not keep it when their machine moves to another host.
    /// </summary>
    public bool PortOverlap { get; init; }

    /// <summary>How UDP is treated. Transparent by default.</summary>
    public NatBehavior Udp { get; init; } = NatBehavior.Transparent;

    /// <summary>How TCP is treated. Transparent by default.</summary>
    public NatBehavior Tcp { get; init; } = NatBehavior.Transparent;

    /// <summary>How ICMP queries are treated. Transparent by default.</summary>
    public NatBehavior Icmp { get; init; } = NatBehavior.Transparent;

    /// <summary>Whether a machine keeps one external address. It does by default.</summary>
    public PoolingBehavior Pooling { get; init; } = PoolingBehavior.Paired;

    /// <summary>Whether an even port is mapped to an even one if there is one (RFC 4787 REQ-4). On by default.</summary>
    public bool PreserveParity { get; init; } = true;

    /// <summary>Whether packets from outside keep a UDP mapping alive (RFC 4787 REQ-6: a machine's own packets always do). Off by default.</summary>
    public bool InboundRefresh { get; init; }

    /// <summary>Idle times.</summary>
    public NatTimeouts Timeouts { get; init; } = new();

    /// <summary>Fragments; by default as <see cref="FragmentTrackerOptions"/> says.</summary>
    public FragmentTrackerOptions? Fragments { get; init; }

    /// <summary>
    /// The address that the machines know the translator by: sender of ICMP errors to them. 192.0.0.1 by default
    /// (RFC 6333 section 5.7: well known for that).
    /// </summary>
    public IPv4Address RouterAddress { get; init; } = new(0xC000_0001);

    /// <summary>
    /// Code of the ICMP error that a machine gets whose flow is refused: 13, administratively prohibited, by default (RFC 5508 REQ-8), or 1,
    /// host unreachable (RFC 6888 REQ-11B).
    /// </summary>
    public byte RefusalCode { get; init; } = 13;

    /// <summary>ICMP errors of its own a second, 0 to 1,000,000; 100 by default.</summary>
    public int ErrorsPerSecond { get; init; } = 100;

    /// <summary>Unsolicited SYNs that wait at a time, 1 to 65,536; 256 by default. Further ones are dropped without an error.</summary>
    public int UnsolicitedSyns { get; init; } = 256;

    /// <summary>What is reported by <see cref="NatEngine.DrainEvents"/>. Blocks and trouble by default (RFC 6888 REQ-12 and 14).</summary>
    public NatLogging Logging { get; init; } = NatLogging.Blocks;

    /// <summary>Events that wait to be drained, 16 to 2^20; 1,024 by default. Further ones are counted and lost.</summary>
    public int Events { get; init; } = 1024;

    /// <summary>The time when the engine begins.</summary>
    public Timestamp Start { get; init; }

    /// <summary>Most <see cref="Exemptions"/>: every packet of a machine is compared with each.</summary>
    public const int MaxExemptions = 64;

    internal const int MaxEntries = 1 << 26;
    internal const int MaxRate = 1 << 30;

    internal void Validate()
    {
        Check(Entries, 16, MaxEntries, nameof(Entries));
        Check(Machines, 1, 1 << 20, nameof(Machines));
        Check(MappingsPerMachine, 1, ushort.MaxValue, nameof(MappingsPerMachine));
        Check(SessionsPerMachine, 1, MaxEntries, nameof(SessionsPerMachine));
        Check(NewFlowsPerSecond, 1, MaxRate, nameof(NewFlowsPerSecond));
        Check(AddressMaps, 0, 4096, nameof(AddressMaps));
        ArgumentNullException.ThrowIfNull(Exemptions);
        Check(Exemptions.Count, 0, MaxExemptions, nameof(Exemptions));
        if (RefusalCode is not (1 or 13))
        {
            throw new ArgumentOutOfRangeException(nameof(RefusalCode), RefusalCode, $"{nameof(RefusalCode)} must be 1 or 13.");
        }

        Check(ErrorsPerSecond, 0, 1_000_000, nameof(ErrorsPerSecond));
        Check(UnsolicitedSyns, 1, 65_536, nameof(UnsolicitedSyns));
        Check(Events, 16, 1 << 20, nameof(Events));
        ArgumentNullException.ThrowIfNull(Timeouts);
        Timeouts.Validate();
    }

    private static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {least} to {most}.");
        }
    }
}
