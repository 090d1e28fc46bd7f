using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Observe;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>A trace tells the truth and leaves no mark.</summary>
public sealed class TraceTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void A_trace_says_what_the_switch_then_does() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            SwitchPlan plan = Unresolved().With(0, blue => blue with { SuppressArp = true });
            using var rig = new SwitchRig(plan);
            foreach (RandomFrame frame in frames)
            {
                PacketTrace trace = PacketTracer.Trace(plan, plan.Ports[frame.Ingress].Name, frame.Bytes(), rig.Switch.Snapshot());
                FrameTotals before = rig.Switch.Totals;
                Dictionary<string, long> drops = rig.Drops();
                rig.Pass(frame.Ingress, frame.Bytes());
                FrameTotals after = rig.Switch.Totals;
                string[] dropped = [.. rig.Drops().Where(drop => drop.Value > drops.GetValueOrDefault(drop.Key)).Select(drop => drop.Key)];
                switch (trace.Outcome)
                {
                    case TraceOutcome.Dropped:
                        Assert.Contains(trace.DropReason, dropped);
                        break;
                    case TraceOutcome.Consumed:
                        Assert.Equal(before.Consumed + 1, after.Consumed);
                        break;
                    case TraceOutcome.Held:
                        Assert.True(after.Held > before.Held);
                        break;
                    default:
                        Assert.Empty(trace.SentTo.Except(rig.AllOut().Select(line => line.Split(' ')[0])));
                        break;
                }

                rig.AllOut();
            }
        }).Check(Chance.Of(60));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void Tracing_leaves_the_switch_as_it_was() =>
        Prop.ForAll(RandomFrame.Sequences, frames =>
        {
            using var rig = new SwitchRig(Unresolved());
            foreach (RandomFrame frame in frames)
            {
                rig.Pass(frame.Ingress, frame.Bytes());
            }

            string before = SnapshotJson.Serialize(rig.Switch.Snapshot());
            PacketTracer.Trace(rig.Switch.Plan, "web1", Plain(B, A), rig.Switch.Snapshot());
            Assert.Equal(before, SnapshotJson.Serialize(rig.Switch.Snapshot()));
            rig.AllOut();
            Assert.Empty(rig.Run().AllOut());
        }).Check(Chance.Of(60));

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void A_flooded_packet_is_explained()
    {
        PacketTrace trace = PacketTracer.Trace(Resolved(), "web1", Plain(B, A));
        Assert.Equal(TraceOutcome.Forwarded, trace.Outcome);
        Assert.Equal("VERDICT forwarded web2, trunk, up0, up0", trace.Verdict);
        string text = trace.ToText();
        Assert.Contains("02:00:00:00:00:0b is unknown: flood", text);
        Assert.Contains("VNI 100 to 192.0.2.3", text);
        Assert.EndsWith(trace.Verdict + "\n", text);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void A_forwarded_packet_is_explained()
    {
        SwitchPlan plan = Resolved().With(0, blue => blue with { StaticEntries = [new StaticMacPlan(B, Web2, null)] });
        PacketTrace trace = PacketTracer.Trace(plan, "web1", Plain(B, A));
        Assert.Equal("VERDICT forwarded web2", trace.Verdict);
        Assert.Contains(trace.Lines, line => line.Stage == "bridge" && line.Text == "segment blue: 02:00:00:00:00:0b is at port web2");
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void A_dropped_packet_is_explained()
    {
        PacketTrace trace = PacketTracer.Trace(Resolved(), "web1", Tagged(Plain(B, A), 20));
        Assert.Equal(TraceOutcome.Dropped, trace.Outcome);
        Assert.Equal("VERDICT dropped by bridge: vlan-not-allowed (the port is no member of the frame's VLAN)", trace.Verdict);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Rfc)]
    public void A_packet_that_would_wait_and_one_that_is_answered_are_explained()
    {
        SwitchPlan plan = Unresolved();
        PacketTrace held = PacketTracer.Trace(plan.With(0, blue => blue with { StaticEntries = [new StaticMacPlan(B, -1, new TunnelAddress(PeerAddress))] }), "web1", Plain(B, A));
        Assert.Equal("VERDICT held by encap (waits for the MAC address of next hop 192.0.2.2)", held.Verdict);
        PacketTrace answered = PacketTracer.Trace(plan, "up0", Arp(1, Broadcast, PeerMac, PeerAddress, default, VtepAddress));
        Assert.Equal("VERDICT consumed, answer to up0 (answered for the endpoint's address)", answered.Verdict);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_port_that_does_not_exist_and_a_packet_too_long_are_refused_by_name()
    {
        Assert.Contains("web1, web2", Assert.Throws<ArgumentException>(() => PacketTracer.Trace(Resolved(), "eth7", Plain(B, A))).Message);
        Assert.Contains("3000 bytes", Assert.Throws<ArgumentException>(() => PacketTracer.Trace(Resolved(), "web1", new byte[3000])).Message);
    }
}
