using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>How the services of one machine are set up.</summary>
public sealed record ServiceSetOptions
{
    /// <summary>The machine.</summary>
    public required MachineId Machine { get; init; }

    /// <summary>
    /// Names of its services, at most <see cref="ServiceSet.MaxServices"/>, from the machine outwards: packets of the machine visit them
    /// in this order, packets for it in the opposite one.
    /// </summary>
    public required IReadOnlyList<string> Services { get; init; }

    /// <summary>Chooses the services of a flow; null for all of them.</summary>
    public IServiceClassifier? Classifier { get; init; }

    /// <summary>Secret of the hash tables.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>The time at which the set is made.</summary>
    public required Timestamp Start { get; init; }

    /// <summary>Most IPv4 flows, 16 to 16,777,216: the machine's share, which nobody else's flows can take.</summary>
    public int IPv4Flows { get; init; } = 4096;

    /// <summary>Most IPv6 flows, 16 to 16,777,216.</summary>
    public int IPv6Flows { get; init; } = 1024;

    /// <summary>Most flows of each family that others opened and the machine has not answered; null for half of the flows.</summary>
    public int? HalfOpenFlows { get; init; }

    /// <summary>How long silent flows are remembered.</summary>
    public FlowTimeouts Timeouts { get; init; } = new();

    /// <summary>When a service that fails is left out.</summary>
    public QuarantineRule Quarantine { get; init; } = QuarantineRule.Default;

    /// <summary>Bytes of packets that services may send during one burst, 4,096 to 16,777,216.</summary>
    public int OutboxBytes { get; init; } = 64 * 1024;

    /// <summary>Measures services; null for none, and then no budget.</summary>
    public IServiceClock? Clock { get; init; }

    /// <summary>
    /// Most ticks of <see cref="Clock"/> that the services may take for one burst, 1 at least: one call of <see cref="ServiceSet.Process"/> or
    /// <see cref="ServiceSet.Poll"/>, all flows that begin in it included. Once they are over, services are out of order for what has not visited them, and
    /// <see cref="FailurePolicy"/> decides. The clock is read in front of each service and, within one, after every 16 packets; nothing interrupts a visit. So a burst takes at most 16
    /// visits of one service more than this.
    /// </summary>
    public long BudgetTicks { get; init; } = long.MaxValue;

    /// <summary>
    /// Longest IP packet that services may make of a shorter one, 68 to 65,535 octets. What would become longer is dropped as
    /// <see cref="ServiceReason.TooLong"/>, and its sender told which length fits (RFC 1191, RFC 8201); what comes longer is not concerned.
    /// </summary>
    public int Mtu { get; init; } = ushort.MaxValue;

    /// <summary>Most TCP resets and ICMP errors a second for packets that services reject, 1 to 1,000,000; what is rejected beyond is dropped without one.</summary>
    public int RejectionsPerSecond { get; init; } = 1000;

    /// <summary>Fragments that wait for their first one, and datagrams whose fragments are under way; null for the default.</summary>
    public FragmentTrackerOptions? Fragments { get; init; }

    internal void Validate()
    {
        Check(IPv4Flows, 16, 1 << 24, nameof(IPv4Flows));
        Check(IPv6Flows, 16, 1 << 24, nameof(IPv6Flows));
        Check(OutboxBytes, 4096, 1 << 24, nameof(OutboxBytes));
        Check(HalfOpenFlows ?? 1, 1, 1 << 24, nameof(HalfOpenFlows));
        Check(Services.Count, 1, ServiceSet.MaxServices, nameof(Services));
        Check(Mtu, 68, ushort.MaxValue, nameof(Mtu));
        Check(RejectionsPerSecond, 1, 1_000_000, nameof(RejectionsPerSecond));
        Check(Quarantine.Faults, 1, int.MaxValue, nameof(Quarantine));
        ArgumentOutOfRangeException.ThrowIfLessThan(BudgetTicks, 1);
        Timeouts.Validate();
    }

    private static void Check(int value, int least, int most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"The allowed range is {least} to {most}.");
        }
    }
}
