using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Redirection;
using Weft.Host.Observe;
using Weft.Mesh;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.MeshPlans;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>Applications and their agent through the whole switch.</summary>
public sealed class MeshHostTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_a_client_application_dials_reaches_the_agent_and_the_answer_comes_from_whom_it_dialled()
    {
        using var rig = new SwitchRig(Sample());
        MeshPlan plan = rig.Switch.Plan.Mesh!.Plan;
        rig.Pass(App, FromApp(Client, Service));
        (MacAddress to, MacAddress from, MeshEndpoint source, MeshEndpoint destination) = Read(Assert.Single(rig.Out(Agent)));
        Assert.Equal((AgentMac, MeshGate.OwnMac), (to, from));
        Assert.True(plan.TryFindListener(destination, IpProtocol.Tcp, out MeshListener listener) && listener.Service.Endpoint == Service);
        Assert.True(plan.TryFindOwnAddress(source.Address, out IPv6Address own) && own == Client.Address);
        Assert.Empty(rig.AllOut());

        rig.Pass(Agent, FromAgent(destination, source, TcpFlags.Syn | TcpFlags.Ack));
        Assert.Equal((AppMac, OtherMac, Service, Client), Read(Assert.Single(rig.Out(App))));
        Assert.Empty(rig.AllOut());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_the_agent_dials_reaches_the_application_from_the_true_client()
    {
        using var rig = new SwitchRig(Sample());
        MeshPlan plan = rig.Switch.Plan.Mesh!.Plan;
        MeshEndpoint client = At("198.18.0.2:50123");
        MeshEndpoint own = At("198.18.0.1:8080");
        Assert.True(plan.TryGetRestore(SpiffeId.Parse("spiffe://mesh.example/db"), client.Address, own, IpProtocol.Tcp, out MeshRestore restore));
        MeshEndpoint bound = new(restore.Source, client.Port);
        rig.Pass(Agent, FromAgent(bound, restore.Destination));
        Assert.Equal((AppMac, MeshGate.OwnMac, client, own), Read(Assert.Single(rig.Out(App))));

        rig.Pass(App, FromApp(own, client, TcpFlags.Syn | TcpFlags.Ack));
        Assert.Equal((AgentMac, MeshGate.OwnMac, restore.Destination, bound), Read(Assert.Single(rig.Out(Agent))));
        Assert.Empty(rig.AllOut());
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc826_the_agent_learns_that_the_switch_has_the_addresses_behind_it()
    {
        using var rig = new SwitchRig(Sample());
        byte[] Question(string target) => TestFrames.Arp(1, MacAddress.Broadcast, AgentMac, IPv4Address.Parse("100.64.0.1"), MacAddress.Zero, IPv4Address.Parse(target));
        rig.Pass(Agent, Question("100.64.128.1"));
        byte[] answer = Assert.Single(rig.Out(Agent));
        Assert.True(ArpView.TryParse(answer.AsSpan(14), out ArpView arp));
        Assert.Equal((AgentMac, MeshGate.OwnMac, ArpOperation.Reply, MeshGate.OwnMac, "100.64.128.1"), (MacAddress.Read(answer), MacAddress.Read(answer.AsSpan(6)), arp.Operation, arp.SenderMac, arp.SenderAddress.ToString()));
        Assert.Empty(rig.AllOut());

        // Others' addresses are others' to speak for.
        rig.Pass(Agent, Question("198.18.1.2"));
        Assert.Single(rig.Out(Up));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4861_Section7_2_4_the_agent_gets_an_advertisement_for_them()
    {
        using var rig = new SwitchRig(Sample());
        IPv6Address target = IPv6Address.Parse("fd6d:6573:6800:0:8000::1");
        IPv6Address asker = IPv6Address.Parse("fe80::9");
        byte[] message = new byte[32];
        var group = IPv6Address.Parse("ff02::1:ff00:1");
        _ = new NeighborMessage { Target = target, LinkLayerAddress = AgentMac }.Write(message, asker, group);
        byte[] packet = new byte[72];
        _ = new IPv6Header { Source = asker, Destination = group, NextHeader = IpProtocol.IcmpV6, PayloadLength = 32, HopLimit = 255 }.Write(packet);
        message.CopyTo(packet, 40);
        rig.Pass(Agent, Frame(MacAddress.Parse("33:33:ff:00:00:01"), AgentMac, packet));
        byte[] answer = Assert.Single(rig.Out(Agent));
        Assert.True(NeighborMessageView.TryParse(answer.AsSpan(54), out NeighborMessageView advertisement));
        Assert.True(advertisement is { IsAdvertisement: true, IsSolicited: true } && advertisement.Target == target && AddsUp(answer[14..]));
        Assert.True(advertisement.TryGetLinkLayerAddress(out MacAddress mac) && mac == MeshGate.OwnMac);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void What_is_not_the_meshs_is_bridged_as_ever()
    {
        using var rig = new SwitchRig(Sample());
        rig.Pass(App, FromApp(Client, At("198.18.0.2:22")));
        Assert.Single(rig.Out(Up));
        rig.Pass(Agent, Frame(OtherMac, AgentMac, TcpPacket(At("198.18.1.1:40000"), At("198.18.1.2:15443"), TcpFlags.Syn)));
        Assert.Single(rig.Out(Up));
        _ = rig.AllOut(); // the bridge did not know the machine yet
        rig.Pass(Up, Frame(AppMac, OtherMac, TcpPacket(At("198.18.0.2:22"), Client, TcpFlags.Syn | TcpFlags.Ack)));
        Assert.Single(rig.Out(App));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_connection_outlives_a_reload_whatever_becomes_of_the_machine_it_goes_to()
    {
        using var rig = new SwitchRig(Sample());
        rig.Pass(App, FromApp(Client, Service));
        (_, _, MeshEndpoint source, MeshEndpoint destination) = Read(Assert.Single(rig.Out(Agent)));
        rig.Switch.Apply(Sample(text => text.Replace("[tcp/5432, udp/53]", "[udp/53]", StringComparison.Ordinal)), Cables(rig));
        rig.Pass(App, FromApp(Client, Service, TcpFlags.Ack));
        Assert.Equal((AgentMac, MeshGate.OwnMac, source, destination), Read(Assert.Single(rig.Out(Agent))));
        rig.Pass(Agent, FromAgent(destination, source, TcpFlags.Ack));
        Assert.Equal((AppMac, OtherMac, Service, Client), Read(Assert.Single(rig.Out(App))));

        // New ones follow the new configuration: the port is nobody's, and what is for it is bridged.
        byte[] another = FromApp(Client with { Port = 40001 }, Service);
        rig.Pass(App, another);
        Assert.Equal(another, Assert.Single(rig.Out(Up)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_trace_says_what_the_switch_then_does()
    {
        using var rig = new SwitchRig(Sample());
        rig.Pass(App, FromApp(Client, Service));
        _ = rig.AllOut();
        PacketTrace known = PacketTracer.Trace(rig.Switch.Plan, "app", FromApp(Client, Service, TcpFlags.Ack), rig.Switch.Snapshot());
        Assert.Equal((TraceOutcome.Forwarded, "agent"), (known.Outcome, Assert.Single(known.SentTo)));
        Assert.Contains(known.Lines, line => line.Stage == "mesh" && line.Text.Contains("redirected to the agent at port agent", StringComparison.Ordinal));
        PacketTrace stray = PacketTracer.Trace(rig.Switch.Plan, "app", FromApp(Client with { Port = 7 }, Service, TcpFlags.Ack), rig.Switch.Snapshot());
        Assert.Equal((TraceOutcome.Dropped, "mesh-no-record"), (stray.Outcome, stray.DropReason));
        Assert.Equal(1, rig.Switch.Snapshot().Mesh!.Flows);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_snapshot_names_machines_connections_and_counts_and_is_read_back_whole()
    {
        using var rig = new SwitchRig(Sample());
        rig.Pass(App, FromApp(Client, Service));
        MeshSnapshot mesh = rig.Switch.Snapshot().Mesh!;
        Assert.Equal(("web", "agent", 2, 1, 1L), (mesh.Self, mesh.AgentPort, mesh.Machines.Count, mesh.Flows, mesh.Redirected));
        MeshFlowSnapshot flow = Assert.Single(mesh.FlowList);
        Assert.Equal(("redirect", "tcp", "198.18.0.1:40000", "198.18.0.2:5432", "opening", "app", AppMac, OtherMac),
            (flow.Kind, flow.Protocol, flow.Client, flow.Service, flow.State, flow.Port, flow.ApplicationMac, flow.GatewayMac));
        string json = SnapshotJson.Serialize(rig.Switch.Snapshot());
        Assert.Equal(json, SnapshotJson.Serialize(SnapshotJson.Deserialize(json)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Every_path_is_explained_from_end_to_end()
    {
        string[] lines = MeshReport.Explain(Sample().Mesh!).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3 + 6, lines.Length);
        Assert.Contains("6 pairs of client address and service, each with exactly one path", lines[1], StringComparison.Ordinal);
        Assert.Equal(
            "web > db tcp 198.18.0.2:5432: 198.18.0.1:* > 198.18.0.2:5432 = 100.64.128.1:* > 100.64.64.130:62776 | TLS to 198.18.1.2:15443 as spiffe://mesh.example/db | 100.64.0.5:* > 100.64.192.1:5432 = 198.18.0.1:* > 198.18.0.2:5432",
            lines[3]);
        Assert.StartsWith("the agent's host needs: ip route add local 100.64.0.0/17 dev lo; ip route add 100.64.128.0/17 dev DEVICE; ip -6 route add local ", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Frames_of_the_mesh_allocate_nothing()
    {
        using var rig = new SwitchRig(Sample());
        byte[] syn = FromApp(Client, Service);
        byte[] buffer = new byte[2000];
        void Round()
        {
            for (int i = 0; i < 500; i++)
            {
                _ = rig.Link(App).Right.TrySend(syn, rig.Now);
                _ = rig.Switch.RunOnce(rig.Now);
                while (rig.Link(Agent).Right.TryReceive(buffer, rig.Now, out _))
                {
                }
            }
        }

        Assert.Equal(0, Allocations.Of(Round));
        Assert.Equal(1000, rig.Switch.Snapshot().Mesh!.Redirected);
    }

    private static IPort[] Cables(SwitchRig rig) => [.. Enumerable.Range(0, 3).Select(port => (IPort)rig.Link(port).Left)];
}
