using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Packets;

namespace Weft.Host.Datapath.Links;

/// <summary>Turns a plan into the options of link layer discovery.</summary>
internal static class LldpOptionsFactory
{
    /// <summary>Ethernet header, one VLAN tag and checksum, which the longest frame has beside the MTU.</summary>
    private const int FramingBytes = 14 + VlanTag.Length + 4;

    /// <returns>Null if no port has it.</returns>
    public static LldpAgentOptions? Create(SwitchPlan plan, Timestamp start)
    {
        if (plan.Ports.All(port => port.Lldp == LldpMode.Off))
        {
            return null;
        }

        MacAddress mac = LinkIdentity.Of(plan);
        return new LldpAgentOptions
        {
            Ports = [.. plan.Ports.Select(port => PortOf(port, mac))],
            Chassis = mac,
            SystemName = plan.Name,
            SystemDescription = $"Weft {SwitchState.Version}",
            IsRouter = plan.Routers.Count > 0,
            ManagementAddress4 = plan.Lldp.ManagementAddress is { IsIPv6: false } v4 ? v4.V4 : null,
            ManagementAddress6 = plan.Lldp.ManagementAddress is { IsIPv6: true } v6 ? v6.V6 : null,
            Interval = plan.Lldp.Interval,
            Hold = plan.Lldp.Hold,
            MaxNeighborsPerPort = plan.Lldp.MaxNeighbors,
            Start = start,
        };
    }

    private static LldpPortOptions PortOf(PortPlan port, MacAddress mac) => new()
    {
        Name = port.Name,
        Mac = mac,
        Transmits = port.Lldp.HasFlag(LldpMode.Transmit),
        Receives = port.Lldp.HasFlag(LldpMode.Receive),
        Description = port.Description,
        Pvid = port.Role == PortRole.Access ? port.NativeVlan : (ushort)0,
        MaxFrameBytes = (ushort)Math.Min(ushort.MaxValue, port.MtuBytes + FramingBytes),
    };
}
