using System.Buffers.Binary;
using System.Text.Json;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.NatPlans;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>An operator sees which flow goes back to which load balancer.</summary>
public sealed class LbFlowListTests : IDisposable
{
    private const string Client = "198.51.100.9", Server = "10.2.0.2";

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-test-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Flows_are_listed_with_their_ends_their_load_balancer_their_state_and_their_idle_time()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        SendOneOfEach(rig);
        rig.Wait(TimeSpan.FromSeconds(7));
        LbSnapshot lb = rig.Switch.Snapshot(SnapshotParts.LbFlows).Lbs[0];
        Assert.Equal(
            [
                new LbFlowSnapshot("tcp", "198.51.100.8:4000", "10.2.0.2:5000", "lb1", "opening", 7),
                new LbFlowSnapshot("icmp", "198.51.100.9:4660", "10.2.0.2", "lb2", "datagrams", 7),
                new LbFlowSnapshot("gre", "198.51.100.10", "10.2.0.2", "lb2", "datagrams", 7),
                new LbFlowSnapshot("udp", "[2001:db8:c::9]:4000", "[2001:db8:2::2]:5000", "lb2", "datagrams", 7),
            ],
            lb.FlowList);
        Assert.Equal((4, 0), (lb.Flows, lb.FlowsNotListed));
        Assert.Empty(rig.Switch.Snapshot(SnapshotParts.None).Lbs[0].FlowList);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_flow_says_how_far_its_connection_has_come()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web1, Tcp(Client, TcpFlags.Syn));
        Assert.Equal("opening", State(rig));
        rig.Pass(Web1, Tcp(Client, TcpFlags.Ack));
        Assert.Equal("established", State(rig));
        rig.Pass(Web1, Tcp(Client, TcpFlags.Fin | TcpFlags.Ack));
        Assert.Equal("client-closed", State(rig));
        rig.Pass(Web1, Tcp(Client, TcpFlags.Rst));
        Assert.Equal("closed", State(rig));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_flow_of_a_removed_member_has_no_load_balancer_until_a_reply_finds_it_one()
    {
        using var rig = new SwitchRig(NatPlans.Lb(lb => lb with { TakeOver = true }));
        rig.Pass(Web2, Udp4(BlueMac, C, Client, Server));
        rig.Switch.Apply(NatPlans.Lb(lb => lb with { TakeOver = true, Members = [lb.Members[0]] }), rig.Switch.Ports);
        Assert.Null(Only(rig).LoadBalancer);
        byte[] reply = Udp4(GreenMac, B, Server, Client);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(34), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(36), 4000);
        rig.Pass(Db, reply);
        Assert.Equal("lb1", Only(rig).LoadBalancer);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public async Task A_thousand_flows_are_listed_and_the_rest_is_counted()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        byte[] frame = Udp4(BlueMac, C, Client, Server);
        for (int port = 1; port <= 1024; port++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), (ushort)port);
            rig.Send(Web2, frame);
            if (port is 1000 or 1001 or 1024)
            {
                LbSnapshot lb = rig.Run().Switch.Snapshot().Lbs[0];
                Assert.Equal((port, 1000, port - 1000), (lb.Flows, lb.FlowList.Select(flow => flow.Client).Distinct().Count(), lb.FlowsNotListed));
                Assert.Equal(lb.FlowList.OrderBy(flow => int.Parse(flow.Client.Split(':')[1])), lb.FlowList);
            }
        }

        await using SwitchHost host = Start(rig.Switch.Snapshot());
        string[] lines = WeftProgram.Run("show", "lb", "flows", "-s", SocketPath).Required().Output.Split('\n');
        Assert.Equal(1000, lines.Count(line => line.Contains("198.51.100.9:")));
        Assert.Contains("  web: and 24 more", lines);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public async Task Weft_show_lists_flows_as_text_and_as_json()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        SendOneOfEach(rig);
        await using SwitchHost host = Start(rig.Switch.Snapshot());
        Assert.Equal(4, (await ControlClient.ShowAsync(SocketPath, ShowTopic.LbFlows, Cancelled)).Lbs[0].FlowList.Count);
        Assert.Equal(4, (await ControlClient.ShowAsync(SocketPath, ShowTopic.Lb, Cancelled)).Lbs[0].FlowsNotListed);

        string text = WeftProgram.Run("show", "lb", "flows", "-s", SocketPath).Required().Output;
        Assert.Matches(@"web +tcp +198\.51\.100\.8:4000 +10\.2\.0\.2:5000 +lb1 +opening +\d+ s ago\n", text);
        Assert.Matches(@"web +udp +\[2001:db8:c::9\]:4000 +\[2001:db8:2::2\]:5000 +lb2 +datagrams +\d+ s ago\n", text);
        Assert.DoesNotContain("more", text);

        using var json = JsonDocument.Parse(WeftProgram.Run("show", "lb", "flows", "--json", "-s", SocketPath).Required().Output);
        JsonElement lb = json.RootElement.GetProperty("lbs")[0];
        JsonElement flow = lb.GetProperty("flowList")[0];
        Assert.Equal(
            ("tcp", "198.51.100.8:4000", "10.2.0.2:5000", "lb1", "opening"),
            (Text(flow, "protocol"), Text(flow, "client"), Text(flow, "server"), Text(flow, "loadBalancer"), Text(flow, "state")));
        Assert.InRange(flow.GetProperty("idleSeconds").GetInt64(), 0, 120);
        Assert.Equal(0, lb.GetProperty("flowsNotListed").GetInt32());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A switch that knows what another one knew.</summary>
    private SwitchHost Start(SwitchSnapshot state) =>
        SwitchHost.Start(NatPlans.Lb() with { ControlSocket = SocketPath }, new SwitchHostOptions { OpenPort = port => new IdleLivePort(port.Name), State = state });

    private static string? Text(JsonElement flow, string name) => flow.GetProperty(name).GetString();

    private static LbFlowSnapshot Only(SwitchRig rig) => Assert.Single(rig.Switch.Snapshot(SnapshotParts.LbFlows).Lbs[0].FlowList);

    private static string State(SwitchRig rig) => Only(rig).State;

    /// <summary>TCP, ICMP, a protocol without ports, and IPv6.</summary>
    private static void SendOneOfEach(SwitchRig rig)
    {
        byte[] gre = Udp4(BlueMac, C, "198.51.100.10", Server);
        gre[23] = (byte)IpProtocol.Gre;
        FixHeader(gre);
        rig.Pass(Web1, Tcp("198.51.100.8", TcpFlags.Syn));
        rig.Pass(Web2, Echo4(BlueMac, C, Client, Server));
        rig.Pass(Web2, gre);
        rig.Pass(Web2, Udp6(BlueMac, C, "2001:db8:c::9", "2001:db8:2::2"));
    }

    /// <summary>A segment without options from port 4000 to 5000, by way of the first load balancer.</summary>
    private static byte[] Tcp(string client, TcpFlags flags)
    {
        byte[] frame = Udp4(BlueMac, A, client, Server);
        frame[23] = (byte)IpProtocol.Tcp;
        (frame[46], frame[47]) = (0x50, (byte)flags);
        FixHeader(frame);
        return frame;
    }
}
