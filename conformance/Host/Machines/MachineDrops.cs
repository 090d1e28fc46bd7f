using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Packets;
using Weft.Services;
using static Weft.Conformance.HostTests.MachinePlans;
using static Weft.Conformance.HostTests.TestPlans;
using static Weft.Conformance.ServicesTests.ServicesTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>What makes the services of a machine drop a packet, by reason.</summary>
internal static class MachineDrops
{
    public static Dictionary<DropReason, Func<Dictionary<string, long>>> Producers { get; } = new()
    {
        [DropReason.ServicePolicy] = () => In(With(Firewall()), Udp(Remote, 53, Machine, 53)),
        [DropReason.ServiceInvalidState] = () => Out(With(Connections), Tcp(Machine, 1, Remote, 80, TcpFlags.Ack, 5, 6)),
        [DropReason.ServiceRateExceeded] = () => Out(With(new ServicePlan { Name = "rate", Kind = ServiceKind.Policer, Rates = new PolicerOptions { FlowsPerSecond = 1 } }), Udp(Machine, 1, Remote, 53), Udp(Machine, 2, Remote, 53)),
        [DropReason.ServiceNoResource] = () => Out(With(new ServicePlan { Name = "pool", Kind = ServiceKind.LoadBalancer, VirtualServices = [new VirtualService(IPv6Address.MapIPv4(Virtual), IpProtocol.Udp, 0, [])] }), Udp(Machine, 1, Virtual, 53)),
        [DropReason.ServiceMalformed] = () => Out(With(Connections), Shortened()),
        [DropReason.ServiceFlowsFull] = () => Out(With(machine => machine with { IPv4Flows = 16 }, Connections), [.. Enumerable.Range(1, 80).Select(port => Udp(Machine, (ushort)port, Remote, 53))]),
        [DropReason.ServiceHalfOpen] = () => In(With(machine => machine with { HalfOpenFlows = 1 }, Connections), Udp(Remote, 1, Machine, 53), Udp(Remote, 2, Machine, 53)),
        [DropReason.ServiceFlowConflict] = () => Out(With(Balancer), Udp(Machine, 1, Virtual, 53), Udp(Machine, 1, Remote, 5353)),
        [DropReason.ServiceFragmentUnknown] = () => In(With(Connections), [.. Enumerable.Range(1, 20).Select(id => Frame(Remote, Machine, IpProtocol.Udp, new byte[40], fragmentOffset: 80, id: (ushort)id))]),
        [DropReason.ServiceErrorUnknown] = () => In(With(Connections), Unreachable(Remote, Machine, Udp(Machine, 77, Remote, 53))),
        [DropReason.ServiceFailed] = () =>
        {
            using SwitchRig rig = Rig(With(Firewall()));
            rig.Switch.Workers[0].Machines.All[0].Set.ServiceAt<Firewall, FirewallState>(0) = default;
            return rig.Pass(Web1, Udp(Machine, 1, Remote, 53)).Drops();
        },
        [DropReason.ServiceUnavailable] = () => Out(With(new ServicePlan { Name = "dpi", Kind = ServiceKind.Container, Container = new ContainerPlan { Memory = Path.Combine(Path.GetTempPath(), $"weft-{Guid.NewGuid():N}") } }), Udp(Machine, 1, Remote, 53)),
        [DropReason.ServiceBudget] = () =>
        {
            using SwitchRig rig = Rig(With(machine => machine with { Budget = TimeSpan.FromMicroseconds(1) }, [.. Enumerable.Range(0, 20).Select(i => Firewall() with { Name = $"rules{i}" })]));
            foreach (int port in Enumerable.Range(1, 60))
            {
                rig.Send(Web1, Udp(Machine, (ushort)port, Remote, 53));
            }

            return rig.Run().Drops();
        },
        [DropReason.ServiceTooLong] = () => Sealed(lab => lab.Left.Pass(Web1, Udp(Machine, 1, Remote, 53, payload: 1472))),
        [DropReason.ServiceUnprotected] = () => Sealed(lab => lab.Left.Pass(Web2, Udp(Remote, 53, Machine, 1))),
        [DropReason.ServiceForged] = () => Sealed(lab => lab.Left.Pass(Web2, Frame(Remote, Machine, IpProtocol.Esp, new byte[60].Select((_, i) => (byte)(i + 1)).ToArray()))),
        [DropReason.MachineElsewhere] = () => Out(With(machine => machine with { IsStandby = true }, Connections), Udp(Machine, 1, Remote, 53)),
    };

    private static Dictionary<string, long> Sealed(Func<EncryptionLab, SwitchRig> run)
    {
        using var lab = new EncryptionLab();
        return run(lab).Drops();
    }

    private static Dictionary<string, long> Out(SwitchPlan plan, params byte[][] frames) => After(plan, Web1, frames);

    private static Dictionary<string, long> In(SwitchPlan plan, params byte[][] frames) => After(plan, Web2, frames);

    private static Dictionary<string, long> After(SwitchPlan plan, int port, byte[][] frames)
    {
        using SwitchRig rig = Rig(plan);
        foreach (byte[] frame in frames)
        {
            rig.Pass(port, frame);
        }

        return rig.Drops();
    }

    /// <summary>An IPv4 header that says it is longer than the packet.</summary>
    private static byte[] Shortened()
    {
        byte[] frame = Udp(Machine, 1, Remote, 53);
        (frame[16], frame[17]) = (0, 10);
        return frame;
    }
}
