using Weft.Host.Config;
using Weft.Host.Datapath.Links;
using Weft.Ports;

namespace Weft.Host.Datapath;

/// <summary>Opens the ports that a plan names.</summary>
internal static class PortFactory
{
    /// <summary>Ethernet header and one tag.</summary>
    private const int FramingBytes = 18;

    /// <summary>Opens all ports, or none.</summary>
    /// <exception cref="SwitchStartException">One of them cannot be opened.</exception>
    public static List<IPort> OpenAll(IReadOnlyList<PortPlan> plans, Func<PortPlan, IPort> open) => OpenChanged([], [], plans, open);

    /// <summary>Keeps the ports whose device stays the same and opens the others, or none.</summary>
    /// <exception cref="SwitchStartException">One of them cannot be opened.</exception>
    public static List<IPort> OpenChanged(IReadOnlyList<PortPlan> oldPlans, IReadOnlyList<IPort> oldPorts, IReadOnlyList<PortPlan> plans, Func<PortPlan, IPort> open)
    {
        var ports = new List<IPort>();
        var opened = new List<IPort>();
        try
        {
            foreach (PortPlan plan in plans)
            {
                int kept = Position.Of(oldPlans, old => IsSameDevice(old, plan));
                if (kept < 0)
                {
                    opened.Add(OpenOne(plan, open));
                }

                ports.Add(kept < 0 ? opened[^1] : oldPorts[kept]);
            }
        }
        catch
        {
            opened.ForEach(port => port.Dispose());
            throw;
        }

        return ports;
    }

    /// <summary>Opens what a plan says.</summary>
    public static IPort Open(PortPlan plan) => plan.Kind switch
    {
        PortKind.AfPacket => new AfPacketPort(plan.Name, PacketOptions(plan)),
        PortKind.AfXdp => new AfXdpPort(plan.Name, XdpOptions(plan)),
        PortKind.Tap => new TapPort(plan.Name, TapOptionsOf(plan)),
        PortKind.Memif => new MemifPort(plan.Name, new MemifOptions
        {
            SocketPath = plan.Memif!.SocketPath,
            Role = plan.Memif.Role,
            InterfaceId = plan.Memif.Id,
            Queues = plan.Memif.Queues,
            RingSlots = plan.Memif.Slots,
            MaxFrameBytes = plan.MtuBytes + FramingBytes,
        }),
        PortKind.Bond => new BondPort(plan.Name, plan.MtuBytes),
        _ => OpenCapture(plan),
    };

    /// <summary>Makes a port that goes on with what another process has of its device, or takes that when the other lets go of it.</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static IHandoverPort Inherit(PortPlan plan, PortHandover? handover) => plan.Kind switch
    {
        PortKind.AfPacket => AfPacketPort.Inherit(plan.Name, PacketOptions(plan), handover),
        PortKind.AfXdp => AfXdpPort.Succeed(plan.Name, XdpOptions(plan)),
        PortKind.Tap => TapPort.Inherit(plan.Name, TapOptionsOf(plan), handover),
        _ => throw new IOException($"a port of kind {plan.Kind} takes over no device"),
    };

    private static AfPacketOptions PacketOptions(PortPlan plan) => new()
    {
        Device = plan.Device!,
        NetworkNamespace = plan.NetworkNamespace,
        Mode = plan.Driver == AfPacketDriver.Throughput ? AfPacketMode.Throughput : AfPacketMode.LowLatency,
    };

    private static AfXdpOptions XdpOptions(PortPlan plan) => new() { Device = plan.Device!, NetworkNamespace = plan.NetworkNamespace };

    private static TapOptions TapOptionsOf(PortPlan plan) => new() { Device = plan.Device!, NetworkNamespace = plan.NetworkNamespace, Mtu = plan.MtuBytes, MultiQueue = plan.MultiQueue, Offloads = plan.Offloads };

    private static PcapPort OpenCapture(PortPlan plan)
    {
        if (Path.GetDirectoryName(plan.WritePath) is { Length: > 0 } folder)
        {
            _ = Directory.CreateDirectory(folder);
        }

        return new PcapPort(plan.Name, new PcapPortOptions { ReadPath = plan.ReadPath, WritePath = plan.WritePath });
    }

    private static IPort OpenOne(PortPlan plan, Func<PortPlan, IPort> open)
    {
        try
        {
            return open(plan);
        }
        catch (Exception refused) when (refused is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SwitchStartException($"port {plan.Name}: {refused.Message}", refused);
        }
    }

    /// <summary>Whether a port goes on as it is under another plan.</summary>
    internal static bool IsSameDevice(PortPlan left, PortPlan right) =>
        (left.Name, left.Kind, left.Device, left.NetworkNamespace, left.Driver, left.ReadPath, left.WritePath, left.MtuBytes, left.Memif, left.Offloads)
        == (right.Name, right.Kind, right.Device, right.NetworkNamespace, right.Driver, right.ReadPath, right.WritePath, right.MtuBytes, right.Memif, right.Offloads);
}
