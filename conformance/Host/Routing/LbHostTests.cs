using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Host.Observe;
using Weft.Lb;
using Weft.Packets;
using static Weft.Conformance.HostTests.IpFrames;
using static Weft.Conformance.HostTests.NatPlans;
using static Weft.Conformance.HostTests.RouterPlans;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Replies that find their way back to the load balancer of their flow, through the whole switch.</summary>
[Trait(Kind.Key, Kind.Rfc)]
public sealed class LbHostTests
{
    private const string Client = "198.51.100.9", Server = "10.2.0.2";

    [Fact]
    public void A_reply_goes_to_the_load_balancer_that_its_flow_came_from_and_counts_a_hop()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web2, Udp4(BlueMac, C, Client, Server));
        Assert.Equal(63, Assert.Single(rig.Out(Db))[22]);
        byte[] reply = Reply();
        rig.Pass(Db, reply);
        byte[] back = Assert.Single(rig.Out(Web2));
        Assert.Equal((C, BlueMac, (byte)63), (MacAddress.Read(back), MacAddress.Read(back.AsSpan(6)), back[22]));
        Assert.True(AddsUp(back));
        Assert.Empty(rig.Out(Web1));
    }

    [Fact]
    public void Ipv6_replies_go_back_as_well()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web2, Udp6(BlueMac, C, "2001:db8:c::9", "2001:db8:2::2"));
        byte[] reply = Udp6(GreenMac, B, "2001:db8:2::2", "2001:db8:c::9");
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(54), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(56), 4000);
        rig.AllOut();
        rig.Pass(Db, reply);
        byte[] back = Assert.Single(rig.Out(Web2));
        Assert.Equal((C, (byte)63), (MacAddress.Read(back), back[21]));
    }

    [Fact]
    public void Without_learning_a_reply_is_routed_by_its_destination()
    {
        using var rig = new SwitchRig(NatPlans.Lb(lb => lb with { Learning = false }));
        rig.Pass(Web2, Udp4(BlueMac, C, Client, Server));
        rig.AllOut();
        rig.Pass(Db, Reply());
        Assert.Equal(A, MacAddress.Read(rig.Out(Web1)[0]));
    }

    [Fact]
    public void A_server_that_speaks_first_teaches_nothing_and_is_routed()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Db, Reply());
        Assert.Equal(A, MacAddress.Read(rig.Out(Web1)[0]));
        Assert.Equal(0, rig.Switch.Snapshot().Lbs[0].Flows);
    }

    [Fact]
    public void Somebody_who_is_no_load_balancer_teaches_nothing()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web2, Udp4(BlueMac, MacAddress.Parse("02:00:00:00:00:77"), Client, Server));
        Assert.Equal(0, rig.Switch.Snapshot().Lbs[0].Flows);
    }

    [Fact]
    public void Pings_of_servers_to_the_router_itself_are_answered()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Db, Echo4(GreenMac, B, Server, "10.2.0.1"));
        Assert.Equal(0, Assert.Single(rig.Out(Db))[34]);
    }

    [Fact]
    public void A_reply_whose_hops_are_used_up_is_refused_to_the_server()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web2, Udp4(BlueMac, C, Client, Server));
        rig.AllOut();
        byte[] reply = Reply();
        reply[22] = 1;
        FixHeader(reply);
        rig.Pass(Db, reply);
        byte[] error = Assert.Single(rig.Out(Db));
        Assert.Equal((11, 0), (error[34], error[35]));
    }

    [Fact]
    public void Rfc7690_an_error_about_a_reply_goes_to_the_owner_of_the_flow()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        byte[] request = Udp4(BlueMac, C, Client, Server);
        rig.Pass(Web2, request);
        rig.AllOut();
        // The server says that its port is unreachable, quoting what came.
        byte[] error = new byte[14 + 28 + 28];
        Udp4(GreenMac, B, Server, Client, payload: 28)[..34].CopyTo(error, 0);
        error[23] = 1;
        (error[34], error[35]) = (3, 3);
        request.AsSpan(14, 28).CopyTo(error.AsSpan(42));
        BinaryPrimitives.WriteUInt16BigEndian(error.AsSpan(36), Sum(error.AsSpan(34)));
        FixHeader(error);
        rig.Pass(Db, error);
        Assert.Equal(C, MacAddress.Read(Assert.Single(rig.Out(Web2))));
    }

    [Fact]
    public void Members_and_traces_say_whose_flows_there_are_and_a_drained_one_keeps_its_own()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web2, Udp4(BlueMac, C, Client, Server));
        rig.AllOut();
        rig.Switch.DrainLb("lb2");
        SwitchSnapshot now = rig.Switch.Snapshot();
        Assert.Equal(("lb2", "draining", 1), (now.Lbs[0].Members[1].Name, now.Lbs[0].Members[1].State, now.Lbs[0].Members[1].Flows));
        rig.Pass(Db, Reply());
        Assert.Equal(C, MacAddress.Read(Assert.Single(rig.Out(Web2))));
        Assert.Contains("'lb9'", Assert.Throws<InvalidOperationException>(() => rig.Switch.DrainLb("lb9")).Message);

        PacketTrace trace = PacketTracer.Trace(NatPlans.Lb(), "web2", Udp4(BlueMac, C, Client, Server));
        Assert.Contains(trace.Lines, line => line is { Stage: "lb", Text: "web: from lb2, learned" });
    }

    [Fact]
    public void A_reload_keeps_flows_and_a_member_that_is_taken_away_gives_its_flows_to_the_others()
    {
        using var rig = new SwitchRig(NatPlans.Lb());
        rig.Pass(Web2, Udp4(BlueMac, C, Client, Server));
        rig.AllOut();
        rig.Switch.Apply(NatPlans.Lb(lb => lb with { Members = [.. lb.Members.Reverse()] }), rig.Switch.Ports);
        rig.Pass(Db, Reply());
        Assert.Equal(C, MacAddress.Read(Assert.Single(rig.Out(Web2))));
        rig.AllOut();
        rig.Switch.Apply(NatPlans.Lb(lb => lb with { Members = [lb.Members[0]] }), rig.Switch.Ports);
        rig.Pass(Db, Reply());
        Assert.Equal(A, MacAddress.Read(rig.Out(Web1)[0]));
        Assert.Equal(2, rig.Switch.Snapshot().Lbs[0].Redirected);
    }

    private static byte[] Reply()
    {
        byte[] frame = Udp4(GreenMac, B, Server, Client);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(34), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 4000);
        return frame;
    }
}
