using Weft.Ports;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>ports</c>.</summary>
internal sealed class PortSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<PortKind> Type { get; set; }

    public Setting<PortRole> Role { get; set; }

    public Setting<int> Mtu { get; set; }

    public Setting<string> Device { get; set; }

    public Setting<string> NetworkNamespace { get; set; }

    public Setting<AfPacketDriver> Driver { get; set; }

    public List<Setting<TapOffloads>> Offload { get; } = [];

    public Setting<string> Read { get; set; }

    public Setting<string> Write { get; set; }

    public VlanSection Vlan { get; set; } = new();

    public Setting<string> Description { get; set; }

    public PortGuardSection Guard { get; set; } = new();

    public AclBindingSection Acl { get; set; } = new();

    public MemifSection Memif { get; set; } = new();

    public Setting<string> Qos { get; set; }

    public Setting<string> Scheduler { get; set; }

    public BondSection Bond { get; set; } = new();

    public Setting<int> BondPriority { get; set; }

    public Setting<LldpMode> Lldp { get; set; }

    public PortLearningSection Learning { get; set; } = new();

    public LoopGuardSection LoopGuard { get; set; } = new();

    public StormSection Storm { get; set; } = new();

    public PortMulticastSection Multicast { get; set; } = new();
}
