using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Protected peers: what goes out is sealed and lands where it should, what comes in is opened or refused, and keys come and go.</summary>
public sealed class SecurityTests
{
    private const int EspOffset = 42;

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Everything_to_a_protected_peer_is_sealed_and_each_association_lands_on_its_queue()
    {
        using var lab = new SecurityLab(outbound: 4);
        using var rig = new SwitchRig(lab.Plan);
        EspOpener opener = SecurityLab.Opener(0x1000, 0x1001, 0x1002, 0x1003);
        var receiver = new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(128, 8));
        rig.Pass(Up0, lab.Sealed(Plain(A, B)));
        rig.Out(Web1);
        var used = new Dictionary<uint, int>();
        var flows = new Dictionary<byte, uint>();
        for (int round = 0; round < 2; round++)
        {
            for (byte flow = 0; flow < 64; flow++)
            {
                byte[] frame = Plain(B, A);
                frame[10] = flow; // the source address is all there is to a flow that is not IP
                rig.Pass(Web1, frame);
                byte[] sent = Assert.Single(rig.Out(Up0));
                Assert.Equal(frame, SecurityLab.Inside(opener, sent, out uint spi));
                used[spi] = used.GetValueOrDefault(spi) + 1;
                Assert.True(flows.TryAdd(flow, spi) || flows[flow] == spi, "a flow changed its association");
                Assert.True(PacketLayout.TryParse(sent, out PacketLayout layout));
                Assert.Equal(7 - (int)(spi - 0x1000), receiver.QueueOf(sent, layout));
            }
        }

        Assert.Equal(4, used.Count);
        Assert.Equal(128, opener.Counters.Opened);
        AssociationSnapshot[] shown = [.. rig.Switch.Snapshot().Associations.Where(a => a.Direction == "out" && a.Peer == new TunnelAddress(PeerAddress))];
        Assert.Equal(128, shown.Sum(a => a.Packets));
        Assert.All(shown, a => Assert.Equal((used[a.Spi], 7 - (int)(a.Spi - 0x1000)), ((int)a.Packets, a.Queue)));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_sealed_frame_is_delivered_and_one_in_clear_text_is_not()
    {
        using var lab = new SecurityLab();
        using var rig = new SwitchRig(lab.Plan);
        byte[] inner = Plain(Broadcast, B);
        rig.Pass(Up0, lab.Sealed(inner));
        Assert.Equal(inner, Assert.Single(rig.Out(Web1)));
        rig.Pass(Up0, FromPeer(inner));
        Assert.Empty(rig.Out(Web1));
        Assert.Equal(1, rig.Drops()["esp-required"]);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Frames_are_cut_before_they_are_sealed_and_put_together_after_they_are_opened()
    {
        using var lab = new SecurityLab(Jumbo());
        using var near = new SwitchRig(lab.Plan);
        using var far = new SwitchRig(lab.FarPlan);
        byte[] frame = Plain(Broadcast, A, 8000);
        Random.Shared.NextBytes(frame.AsSpan(14));
        near.Pass(Web1, frame);
        List<byte[]> wire = near.Out(Up0).Where(packet => packet[33] == 2).ToList();
        Assert.True(wire.Count >= 6);
        Assert.All(wire, packet =>
        {
            Assert.InRange(packet.Length, 100, 1514);
            Assert.Equal((4500, 0x10), (BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(36)), packet[EspOffset + 2]));
        });
        Assert.Single(wire.Select(packet => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(EspOffset))).Distinct());
        wire.Reverse();
        wire.ForEach(packet => far.Pass(Up0, packet));
        Assert.Equal(frame, Assert.Single(far.Out(Web1)));
        Assert.Empty(far.Drops());
    }

    private static SwitchPlan Jumbo()
    {
        SwitchPlan plan = Fragmenting();
        return plan with { PoolBuffers = 2048, PoolBufferBytes = 9600, Ports = [.. plan.Ports.Select(port => port.Role == PortRole.Access ? port with { MtuBytes = 9000 } : port)] };
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc3948_Section2_3_A_keepalive_is_consumed()
    {
        using var lab = new SecurityLab();
        using var rig = new SwitchRig(lab.Plan);
        byte[] keepalive = FromPeer([], frame =>
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), 29);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), 4500);
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), 9);
            frame[42] = 0xFF;
        });
        rig.Pass(Up0, keepalive);
        Assert.Equal(1, rig.Switch.Totals.Consumed);
        Assert.Empty(rig.Drops());
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_rekey_between_two_switches_loses_no_frame_and_leaves_the_old_keys_unused()
    {
        using var lab = new SecurityLab(outbound: 1);
        using var near = new SwitchRig(lab.Plan);
        using var far = new SwitchRig(lab.FarPlan);
        int sent = 0, delivered = 0;
        void Traffic()
        {
            for (int i = 0; i < 20; i++, sent++)
            {
                near.Pass(Web1, Plain(Broadcast, A, 100 + i));
                foreach (byte[] packet in near.Out(Up0).Where(packet => packet[33] == 2))
                {
                    far.Pass(Up0, packet);
                }

                delivered += far.Out(Web1).Count;
            }
        }

        Traffic();
        Step(far, new RekeyRequest(new TunnelAddress(TestPlans.VtepAddress), Inbound: true, lab.Association(0x1100), Remove: null));
        Traffic();
        Step(near, new RekeyRequest(new TunnelAddress(PeerAddress), Inbound: false, lab.Association(0x1100), Remove: 0x1000));
        Traffic();
        Step(far, new RekeyRequest(new TunnelAddress(TestPlans.VtepAddress), Inbound: true, Add: null, Remove: 0x1000));
        Traffic();

        Assert.Equal((80, 80), (sent, delivered));
        Assert.Empty(far.Drops());
        AssociationSnapshot successor = Assert.Single(near.Switch.Snapshot().Associations, a => a.Direction == "out" && a.Peer == new TunnelAddress(PeerAddress));
        Assert.Equal((0x1100u, 40L, 7), (successor.Spi, successor.Packets, successor.Queue));
        Assert.Equal(40, far.Switch.Snapshot().Associations.Single(a => a.Direction == "in").Packets);

        static void Step(SwitchRig rig, RekeyRequest request) => rig.Switch.Apply(request.ApplyTo(rig.Switch.Plan), [.. rig.Switch.Ports]);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_rekey_that_does_not_fit_is_refused()
    {
        using var lab = new SecurityLab();
        var peer = new TunnelAddress(PeerAddress);
        Assert.Throws<ArgumentException>(() => new RekeyRequest(new TunnelAddress(IPv4Address.Parse("192.0.2.77")), true, null, 1).ApplyTo(lab.Plan));
        Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, true, null, 0x7777).ApplyTo(lab.Plan));
        Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, true, lab.Association(0x4000), null).ApplyTo(lab.Plan));
        Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, false, lab.Association(0x1001), null).ApplyTo(lab.Plan));
        Assert.Throws<ArgumentException>(() => new RekeyRequest(peer, true, null, 0x2000).ApplyTo(lab.Plan));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4106_Section3_1_No_number_is_used_again_after_a_restart_or_a_reload()
    {
        using var lab = new SecurityLab(outbound: 1);
        var seen = new HashSet<ulong>();
        for (int run = 0; run < 3; run++)
        {
            using var rig = new SwitchRig(lab.Plan);
            Record(rig);
            rig.Switch.Apply(lab.Plan with { Name = "again" }, [.. rig.Switch.Ports]);
            Record(rig);
        }

        Assert.Equal(6, seen.Count);
        Assert.Equal("201326593\n", File.ReadAllText(lab.KeyFile("1000") + ".sequence")); // three blocks of 2^26

        void Record(SwitchRig rig)
        {
            rig.Pass(Web1, Plain(Broadcast, A));
            byte[] packet = Assert.Single(rig.Out(Up0), p => p[33] == 2);
            Assert.True(seen.Add(BinaryPrimitives.ReadUInt64BigEndian(packet.AsSpan(EspOffset + 8))), "a nonce was used twice");
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Numbers_that_are_used_up_or_cannot_be_read_stop_the_start()
    {
        using var lab = new SecurityLab(outbound: 1);
        string file = lab.KeyFile("1000") + ".sequence";
        File.WriteAllText(file, "0\n");
        Assert.Contains("used up", Assert.Throws<SwitchStartException>(() => new SwitchRig(lab.Plan)).Message);
        File.WriteAllText(file, "many\n");
        Assert.Contains("another key", Assert.Throws<SwitchStartException>(() => new SwitchRig(lab.Plan)).Message);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_failed_change_leaves_the_old_associations_at_work()
    {
        using var lab = new SecurityLab(outbound: 1);
        using var rig = new SwitchRig(lab.Plan);
        AssociationPlan missing = lab.Association(0x1100) with { KeyFile = "/nonexistent/key" };
        SwitchPlan next = new RekeyRequest(new TunnelAddress(PeerAddress), Inbound: true, missing, Remove: null).ApplyTo(lab.Plan);
        Assert.Throws<SwitchStartException>(() => rig.Switch.Apply(next, [.. rig.Switch.Ports]));
        rig.Pass(Up0, lab.Sealed(Plain(Broadcast, B))).Pass(Web1, Plain(B, A));
        Assert.Single(rig.Out(Up0));
        Assert.Empty(rig.Drops());
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_trace_shows_SPI_and_queue_and_uses_no_number()
    {
        using var lab = new SecurityLab(outbound: 1);
        PacketTrace sent = PacketTracer.Trace(lab.Plan, "web1", Plain(Broadcast, A));
        Assert.Contains(sent.Lines, line => line.Stage == "seal" && line.Text.Contains("SPI 0x00001000, source port ", StringComparison.Ordinal) && line.Text.Contains("for queue 7", StringComparison.Ordinal));
        PacketTrace received = PacketTracer.Trace(lab.Plan, "up0", lab.Sealed(Plain(Broadcast, B)));
        Assert.Contains(received.Lines, line => line.Stage == "open" && line.Text.Contains("SPI 0x00002000 of peer 192.0.2.2, sequence number 1", StringComparison.Ordinal));
        Assert.False(File.Exists(lab.KeyFile("1000") + ".sequence"));
    }

    [Fact, Trait(Kind.Key, Kind.Alloc)]
    public void A_frame_through_both_stages_allocates_nothing()
    {
        using var lab = new SecurityLab(outbound: 2);
        using var rig = new SwitchRig(lab.Plan);
        byte[][] arriving = [.. Enumerable.Range(0, 2000).Select(_ => lab.Sealed(Plain(A, B)))];
        byte[] leaving = Plain(B, A);
        byte[] buffer = new byte[2048];
        int next = 0;
        void Pass(int count)
        {
            for (int i = 0; i < count; i++)
            {
                _ = rig.Link(Up0).Right.TrySend(arriving[next++], rig.Now);
                _ = rig.Link(Web1).Right.TrySend(leaving, rig.Now);
                _ = rig.Switch.RunOnce(rig.Now);
                while (rig.Link(Up0).Right.TryReceive(buffer, rig.Now, out _) || rig.Link(Web1).Right.TryReceive(buffer, rig.Now, out _))
                {
                }
            }
        }

        Pass(500);
        Assert.Equal(0, Allocations.Of(() => Pass(500)));
    }
}
