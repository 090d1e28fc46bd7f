using Weft.Bridge;
using Weft.Ports;

namespace Weft.Host.Config;

/// <summary>One validated port.</summary>
public sealed record PortPlan
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }

    /// <summary>Mechanism.</summary>
    public required PortKind Kind { get; init; }

    /// <summary>Part the port plays.</summary>
    public required PortRole Role { get; init; }

    /// <summary>Device name for TAP and AF_PACKET; null for pcap.</summary>
    public string? Device { get; init; }

    /// <summary>Whether several workers may use the device at once, if it can.</summary>
    public bool MultiQueue { get; init; }

    /// <summary>What a TAP device and its port leave to each other.</summary>
    public TapOffloads Offloads { get; init; } = TapOffloads.All;

    /// <summary>Name of the network namespace that holds the device (as under /run/netns) or null for the process's own.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>AF_PACKET form.</summary>
    public AfPacketDriver Driver { get; init; }

    /// <summary>Absolute path of the capture to read; null to receive nothing.</summary>
    public string? ReadPath { get; init; }

    /// <summary>Absolute path of the capture to write; null to discard what is sent.</summary>
    public string? WritePath { get; init; }

    /// <summary>Largest layer-3 packet, 576 to 65,521 bytes.</summary>
    public required int MtuBytes { get; init; }

    /// <summary>VLAN treatment.</summary>
    public VlanMode VlanMode { get; init; }

    /// <summary>VLAN of untagged frames, 1 to 4094; 0 if untagged frames are refused (trunk without native VLAN).</summary>
    public ushort NativeVlan { get; init; }

    /// <summary>VLANs whose tagged frames pass a trunk, ascending.</summary>
    public IReadOnlyList<ushort> AllowedVlans { get; init; } = [];

    /// <summary>What the port is for, as neighbours are told; empty to tell nothing.</summary>
    public string Description { get; init; } = "";

    /// <summary>Its other end, for a port of kind <see cref="PortKind.Memif"/>; otherwise null.</summary>
    public MemifPlan? Memif { get; init; }

    /// <summary>Its links, for a port of kind <see cref="PortKind.Bond"/>; otherwise null.</summary>
    public BondPlan? Bond { get; init; }

    /// <summary>Rank as a link of a bond; lower is preferred.</summary>
    public ushort BondPriority { get; init; } = 0x8000;

    /// <summary>Which addresses machines behind the port may use.</summary>
    public PortGuardPlan Guard { get; init; } = new();

    /// <summary>Access lists, as places in <see cref="SwitchPlan.AccessLists"/>.</summary>
    public AclBinding Acl { get; init; } = AclBinding.None;

    /// <summary>Policy of service of what comes in, as a place in <see cref="SwitchPlan.QosPolicies"/>; -1 for none.</summary>
    public int Qos { get; init; } = -1;

    /// <summary>Queues of what leaves, as a place in <see cref="SwitchPlan.Schedulers"/>; -1 for none.</summary>
    public int Scheduler { get; init; } = -1;

    /// <summary>Link layer discovery.</summary>
    public LldpMode Lldp { get; init; }

    /// <summary>What the port may teach the filtering database.</summary>
    public PortLearningPlan Learning { get; init; } = PortLearningPlan.Default;

    /// <summary>How the port is asked for loops; null for not at all.</summary>
    public LoopGuardPlan? LoopGuard { get; init; }

    /// <summary>How much the port may have flooded; null for no limit.</summary>
    public StormLimits? Storm { get; init; }

    /// <summary>What is granted to multicast listeners behind the port.</summary>
    public PortMulticastPlan Multicast { get; init; } = new();
}
