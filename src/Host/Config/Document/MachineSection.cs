using Weft.Packets;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>machines</c>.</summary>
internal sealed class MachineSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<int> Id { get; set; }

    public Setting<string> Port { get; set; }

    public Setting<string> Segment { get; set; }

    public Setting<MacAddress> Mac { get; set; }

    public List<Setting<TunnelAddress>> Addresses { get; } = [];

    public Setting<int> Mtu { get; set; }

    public List<Setting<string>> Services { get; } = [];

    public List<ServiceClassSection> Classes { get; } = [];

    public Setting<int> Flows { get; set; }

    public Setting<int> Flows6 { get; set; }

    public Setting<int> HalfOpenFlows { get; set; }

    public Setting<int> BudgetMicroseconds { get; set; }

    public Setting<string> MirrorPort { get; set; }

    public Setting<bool> Standby { get; set; }
}
