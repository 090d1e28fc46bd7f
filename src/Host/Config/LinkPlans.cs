using Weft.Host.Config.Document;

namespace Weft.Host.Config;

/// <summary>Turns the sections of what neighbours say to each other into their plans.</summary>
internal static class LinkPlans
{
    public static BondPlan? Bond(PortSection port, SwitchDocument document) => port.Type.Value != PortKind.Bond ? null : new BondPlan
    {
        Members = [.. port.Bond.Members.Select(member => document.Ports.FindIndex(known => known.Name.Value == member.Value))],
        Mode = port.Bond.Mode.Value,
        FastRate = port.Bond.FastRate.Value,
        MinLinks = port.Bond.MinLinks.Value,
        MaxLinks = port.Bond.MaxLinks.Value,
        Fallback = port.Bond.Fallback.Value,
        SystemPriority = (ushort)port.Bond.SystemPriority.Value,
    };

    public static PortGuardPlan Guard(PortGuardSection section) => new()
    {
        Snoops = section.Dhcp.Value,
        ChecksSources = section.Source.Value,
        Addresses = [.. section.Addresses.Select(address => address.Value)],
        DhcpPerSecond = section.DhcpPerSecond.Value,
    };

    public static LldpPlan Lldp(LldpSection section) => new()
    {
        Interval = TimeSpan.FromSeconds(section.IntervalSeconds.Value),
        Hold = section.Hold.Value,
        MaxNeighbors = section.MaxNeighbors.Value,
        ManagementAddress = section.ManagementAddress.IsKnown ? section.ManagementAddress.Value : null,
    };
}
