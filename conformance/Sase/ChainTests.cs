using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>The chain of services between policy and translation.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ChainTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    [Fact]
    public void Services_see_the_tenants_own_addresses_in_both_directions_in_a_frame()
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        Assert.Equal(SaseAction.ToUplink, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1234, Remote, 53)), out byte[] sent).Action);
        byte[] answer = [.. new byte[pop.Overhead], .. Udp(Remote, 53, Flow(sent).Source, Flow(sent).SourcePort)];
        Assert.Equal(SaseAction.ToTunnel, node.FromUplink(answer, pop.Overhead, answer.Length - pop.Overhead, TunnelPackets.Now).Action);
        Assert.Equal(
        [
            (Acme, false, new FlowKey4(Site, Remote, IpProtocol.Udp, 1234, 53)),
            (Acme, true, new FlowKey4(Remote, Site, IpProtocol.Udp, 53, 1234)),
        ], chain.Seen);
    }

    [Fact]
    public void Between_two_sites_the_way_back_is_inward()
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, OtherSite, 2)), out _).Action);
        Assert.Equal(SaseAction.ToTunnel, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 1, Acme, Udp(OtherSite, 2, Site, 1)), out _).Action);
        Assert.Equal([false, true], chain.Seen.Select(seen => seen.Inward));
    }

    [Fact]
    public void What_the_policy_forbids_meets_no_service_and_what_a_service_forbids_leaves_no_flow()
    {
        var chain = new Recorder { Refuses = true };
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        Assert.Equal(SaseDrop.Policy, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Globex, Udp(Site, 1, Remote, 53)), out _).Drop);
        Assert.Empty(chain.Seen);
        Assert.Equal(SaseDrop.Service, TunnelPackets.Offer(node, pop, TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, Remote, 53)), out _).Drop);
        Assert.Equal((1, 0, 0), (chain.Seen.Count, node.FlowCount, node.BindingCount));
    }

    [Fact]
    public void A_refusal_in_the_midst_of_a_flow_does_not_end_it()
    {
        var chain = new Recorder();
        using ManagedServiceNode node = HostileTests.Ready(out PopOptions pop, options => options with { Chain = chain });
        byte[] packet = TunnelPackets.Geneve(pop, 0, Acme, Udp(Site, 1, Remote, 53));
        _ = TunnelPackets.Offer(node, pop, packet, out byte[] before);
        chain.Refuses = true;
        Assert.Equal(SaseDrop.Service, TunnelPackets.Offer(node, pop, packet, out _).Drop);
        chain.Refuses = false;
        _ = TunnelPackets.Offer(node, pop, packet, out byte[] after);
        Assert.Equal(Flow(before), Flow(after));
    }

    private sealed class Recorder : IServiceChain
    {
        public List<(uint Vni, bool Inward, FlowKey4 Key)> Seen { get; } = [];

        public bool Refuses { get; set; }

        public bool Pass(Span<byte> frame, in PacketLayout layout, uint vni, bool inward, Timestamp now)
        {
            Assert.Equal((EtherType.IPv4, 14), (layout.EtherType, (int)layout.L3Offset));
            Assert.Equal(frame.Length, layout.EndOffset);
            Assert.True(FlowKey4.TryRead(frame, layout, out FlowKey4 key));
            Seen.Add((vni, inward, key));
            return !Refuses;
        }
    }
}
