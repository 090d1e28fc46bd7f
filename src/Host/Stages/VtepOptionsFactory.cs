using System.Numerics;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Says a configured tunnel endpoint in the words of Weft.Encap.</summary>
internal static class VtepOptionsFactory
{
    public static VtepOptions Create(SwitchPlan plan, VtepPlan vtep, HashSeed seed, int worker) => new()
    {
        Protocol = vtep.Kind switch
        {
            TunnelKind.Geneve => TunnelProtocol.Geneve,
            TunnelKind.VxlanGpe => TunnelProtocol.VxlanGpe,
            _ => TunnelProtocol.Vxlan,
        },
        Address = AddressOf(vtep.Address),
        Mac = vtep.Mac,
        // What the entropy hash shows on the wire must not help against the tables.
        EntropySeed = new HashSeed(~seed.High, seed.Low),
        UdpPort = vtep.UdpPort,
        SourcePortMin = vtep.SourcePortMin,
        SourcePortMax = vtep.SourcePortMax,
        Checksum = vtep.Checksum switch
        {
            OuterChecksumPolicy.Always => OuterChecksum.Always,
            OuterChecksumPolicy.Zero => OuterChecksum.Zero,
            _ => OuterChecksum.Standard,
        },
        AcceptZeroChecksumOverIPv6 = vtep.Checksum == OuterChecksumPolicy.Zero,
        TimeToLive = vtep.Ttl,
        Dscp = vtep.Dscp,
        DscpModel = vtep.DscpModel,
        MtuBytes = vtep.MtuBytes ?? plan.Ports[vtep.Port].MtuBytes,
        EspBytes = EspBytesOf(vtep),
        Fragmentation = FragmentationOf(vtep.Fragmentation, plan.Workers, worker),
        ControlVni = ControlVniOf(plan, vtep),
    };

    /// <summary>The management VNI of a bridge node that has its BFD in tunnels of the endpoint.</summary>
    private static uint? ControlVniOf(SwitchPlan plan, VtepPlan vtep) =>
        plan.Bridges.FirstOrDefault(bridge => bridge.BfdEncapsulation == BfdEncapsulation.Tunnel && plan.Vteps[bridge.Vtep].Name == vtep.Name)?.ManagementVni;

    /// <summary>What the most expensive association puts in front of a packet, so that every sealed packet fits.</summary>
    private static int EspBytesOf(VtepPlan vtep) => vtep.Security.Count == 0
        ? 0
        : vtep.Security.Any(security => security.UdpEncapsulation) ? EspSealer.MaxTransportHeadroom : EspSealer.MaxTransportHeadroom - UdpHeader.Length;

    private static TunnelFragmentation? FragmentationOf(FragmentationPlan plan, int workers, int worker) => plan.Policy != FragmentationPolicy.Fragment
        ? null
        : new TunnelFragmentation
        {
            Option = plan.Option,
            GpeNextProtocol = plan.GpeNextProtocol,
            VxlanReservedBits = plan.VxlanReservedBits,
            Split = plan.Split,
            MaxInnerBytes = plan.MaxFrameBytes,
            Lane = worker,
            Lanes = (int)BitOperations.RoundUpToPowerOf2((uint)workers),
        };

    public static VtepAddress AddressOf(TunnelAddress address) => address.IsIPv6 ? new VtepAddress(address.V6) : new VtepAddress(address.V4);
}
