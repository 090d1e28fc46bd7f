using Weft.Packets;

namespace Weft.Bridge;

/// <summary>One node of a pair that bridges VLANs and overlay.</summary>
public sealed record BridgeNodeOptions
{
    /// <summary>Name of the pair, the same on both nodes: 1 to <see cref="MacSyncHeader.MaxBridge"/>.</summary>
    public required ulong Bridge { get; init; }

    /// <summary>Name of this node, unlike the other's.</summary>
    public required ushort Node { get; init; }

    /// <summary>Rank; the node with the higher one is preferred. Default 100.</summary>
    public byte Priority { get; init; } = 100;

    /// <summary>Secret of the pair. Empty: messages are not authenticated, and anybody who reaches the node can take it down.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>
    /// Greater than at any earlier start of this node: the seconds of a wall clock, for instance. The other node takes messages
    /// that are older than what it has heard for replays.
    /// </summary>
    public required uint Incarnation { get; init; }

    /// <summary>Which of the filtering database's journals is this node's: each node of a switch has one of its own. Default 0.</summary>
    public int Journal { get; init; }

    /// <summary>Number of the bridge port that leads to the VLANs.</summary>
    public required int Port { get; init; }

    /// <summary>The bridged VLANs, 1 to 4094 each.</summary>
    public required IReadOnlyList<ushort> Vlans { get; init; }

    /// <summary>VLANs that leave the port untagged; announcements there carry no tag.</summary>
    public ushort NativeVlan { get; init; }

    /// <summary>Number of the tunnel endpoint of the other node, −1 if there is none: what was learned there lives behind the VLANs.</summary>
    public int PeerVtep { get; init; } = -1;

    /// <summary>Source of loop probes: a MAC address of this node.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Secret of the tables of this machine.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Most addresses behind the VLANs, 16 to 1,048,576.</summary>
    public int Capacity { get; init; } = 16_384;

    /// <summary>Who takes whose place.</summary>
    public PreemptionMode Preemption { get; init; }

    /// <summary>What a promoted node does first.</summary>
    public AnnouncementOrder Order { get; init; }

    /// <summary>Asks a witness before it forwards: <see cref="BridgeNode.GrantFence"/> must be called.</summary>
    public bool NeedsFence { get; init; }

    /// <summary>Time to listen after the start, 10 ms to 60 s. Default 2 s.</summary>
    public TimeSpan InitHold { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time for which a preferred node is stable before it asks for its place, up to 60 s. Default 30 s.</summary>
    public TimeSpan PreemptHold { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time without any sign of a forwarding node after which a standby whose peer is alive takes over. Default 3 s.</summary>
    public TimeSpan OrphanHold { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Longest time between two calls of <see cref="BridgeNode.Poll"/> after which an active node still trusts itself, at least
    /// 5 ms. Shorter than the time in which the other node detects a failure. Default 100 ms.
    /// </summary>
    public TimeSpan MaxGap { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time for which a node that saw a loop stays fenced. Default 10 s.</summary>
    public TimeSpan LoopHold { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Interval of loop probes, at least 10 ms; zero switches them off. Default 100 ms.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Interval of digests, 10 ms to 60 s. Default 1 s.</summary>
    public TimeSpan DigestInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Announcements a millisecond in the first round, an eighth of it in each later one; 1 to 100,000. Default 1000.</summary>
    public int AnnouncementsPerMillisecond { get; init; } = 1000;

    /// <summary>What hosts are asked to do when this node takes over; null to ask nothing and rely on announcements.</summary>
    public HostFlushMode? HostFlush { get; init; }

    /// <summary>
    /// Secret shared with the hosts that are asked; empty: anybody can make them forget addresses. Unlike <see cref="Key"/>, or every
    /// host could speak MAC-SYNC in the name of a node.
    /// </summary>
    public ReadOnlyMemory<byte> HostKey { get; init; }

    /// <summary>Virtual network of each of <see cref="Vlans"/>, in their order; needed for <see cref="HostFlush"/>.</summary>
    public IReadOnlyList<uint> Vnis { get; init; } = [];

    /// <summary>Own tunnel endpoint, IPv4 mapped into IPv6; told to hosts.</summary>
    public IPv6Address OwnAddress { get; init; }

    /// <summary>The other node's tunnel endpoint, IPv4 mapped into IPv6; told to hosts.</summary>
    public IPv6Address PeerAddress { get; init; }

    /// <summary>Whether machines whose IPv4 or IPv6 address is known are announced by gratuitous ARP and unsolicited NA too.</summary>
    public bool AnnounceAddresses { get; init; }

    internal void Validate()
    {
        Require(Bridge is > 0 and <= MacSyncHeader.MaxBridge, nameof(Bridge), Bridge, $"1 to {MacSyncHeader.MaxBridge}");
        Require(Vlans.Count > 0 && Vlans.All(vlan => vlan is > 0 and <= VlanTag.MaxVlanId), nameof(Vlans), string.Join(", ", Vlans), $"one VLAN at least, 1 to {VlanTag.MaxVlanId} each");
        Require(Capacity is >= 16 and <= 1 << 20, nameof(Capacity), Capacity, "16 to 1048576");
        Require(Journal is >= 0 and < 256, nameof(Journal), Journal, "0 to 255");
        Require(Port is >= 0 and <= BridgeLocation.MaxIndex, nameof(Port), Port, $"0 to {BridgeLocation.MaxIndex}");
        Require(HostFlush is null || Vnis.Count == Vlans.Count, nameof(Vnis), Vnis.Count, "one for each VLAN");
        Require(Mac.IsValidSource, nameof(Mac), Mac, "an individual address");
        Require(AnnouncementsPerMillisecond is >= 1 and <= 100_000, nameof(AnnouncementsPerMillisecond), AnnouncementsPerMillisecond, "1 to 100000");
        Within(InitHold, 0.01, 60, nameof(InitHold));
        Within(PreemptHold, 0, 60, nameof(PreemptHold));
        Within(OrphanHold, 0.01, 60, nameof(OrphanHold));
        Within(MaxGap, 0.005, 60, nameof(MaxGap));
        Within(LoopHold, 0.01, 3600, nameof(LoopHold));
        Within(ProbeInterval, ProbeInterval == TimeSpan.Zero ? 0 : 0.01, 60, nameof(ProbeInterval));
        Within(DigestInterval, 0.01, 60, nameof(DigestInterval));
    }

    private static void Within(TimeSpan value, double least, double most, string option) =>
        Require(value.TotalSeconds >= least && value.TotalSeconds <= most, option, value, $"{least} s to {most} s");

    private static void Require(bool holds, string option, object value, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(option, value, $"{nameof(BridgeNodeOptions)}.{option} must be {range}.");
        }
    }
}
