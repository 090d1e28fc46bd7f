using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Security;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>What routers say about sealed packets makes the packets to that peer smaller; what forgers say does not.</summary>
public sealed class SecurityPathMtuTests
{
    private static readonly MemoryLinkOptions Jumbo = new() { QueueFrames = 4096, MaxFrameBytes = 9100 };

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc4301_Section8_2_A_router_that_quotes_a_sealed_packet_makes_the_next_ones_fit()
    {
        using var lab = new SecurityLab(Long(), outbound: 2);
        using var rig = new SwitchRig(lab.Plan, link: Jumbo);
        List<byte[]> sealedPackets = Send(rig);
        Assert.Contains(sealedPackets, packet => packet.Length > 1014);
        rig.Pass(Up0, Quote(sealedPackets[0], 1000));
        Assert.Equal(1000, rig.Switch.Snapshot().Tunnels[0].PathMtuBytes);
        Assert.Empty(rig.Drops());
        Assert.All(Send(rig), packet => Assert.True(packet.Length <= 1014, $"{packet.Length}"));

        // A rekey, which is a new configuration, forgets none of it.
        RekeyRequest rekey = new(new TunnelAddress(PeerAddress), Inbound: false, lab.Association(0x1100), Remove: 0x1000);
        rig.Switch.Apply(rekey.ApplyTo(rig.Switch.Plan), [.. rig.Switch.Ports]);
        Assert.Equal(1000, rig.Switch.Snapshot().Tunnels[0].PathMtuBytes);
        Assert.All(Send(rig), packet => Assert.True(packet.Length <= 1014, $"{packet.Length}"));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Forged_messages_change_nothing_and_are_counted()
    {
        using var lab = new SecurityLab(Long(), outbound: 1);
        using var rig = new SwitchRig(lab.Plan, link: Jumbo);
        byte[] packet = Send(rig)[0];
        const int Esp = 42;
        foreach (Action<byte[]> forge in (Action<byte[]>[])
        [
            quoted => quoted[Esp + 3] ^= 1, // another SPI
            quoted => quoted[Esp + 7] ^= 0x40, // a number not used yet
            quoted => quoted[35] ^= 1, // another source port
            quoted => quoted[33] = 3, // to another peer, which has other associations
        ])
        {
            byte[] forged = [.. packet];
            forge(forged);
            rig.Pass(Up0, Quote(forged, 1000));
        }

        // The tunnel in clear text: nothing of the kind goes to this peer.
        rig.Pass(Up0, TooBig(1000, 6081));
        Assert.Equal(5, rig.Drops()["packet-too-big-refused"]);
        Assert.Equal(1500, rig.Switch.Snapshot().Tunnels[0].PathMtuBytes);
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_trace_of_the_message_says_what_the_switch_would_do()
    {
        using var lab = new SecurityLab(Long(), outbound: 1);
        using var rig = new SwitchRig(lab.Plan, link: Jumbo);
        byte[] message = Quote(Send(rig)[0], 1000);
        PacketTrace trace = PacketTracer.Trace(lab.Plan, "up0", message, rig.Switch.Snapshot());
        Assert.Contains("the path to 192.0.2.2 carries 1000 bytes", trace.ToText());
        Assert.Contains("packet-too-big-refused", PacketTracer.Trace(lab.Plan, "up0", message).ToText());
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void A_rekey_between_two_fragments_of_a_frame_loses_nothing()
    {
        using var lab = new SecurityLab(Long(), outbound: 1);
        using var near = new SwitchRig(lab.Plan, link: Jumbo);
        using var far = new SwitchRig(lab.FarPlan, link: Jumbo);
        List<byte[]> packets = Send(near);
        Assert.True(packets.Count > 2);
        far.Pass(Up0, packets[0]);
        Step(far, new RekeyRequest(new TunnelAddress(TestPlans.VtepAddress), Inbound: true, lab.Association(0x1100), Remove: null));
        Assert.Equal(1, far.Switch.Totals.Held);
        Step(near, new RekeyRequest(new TunnelAddress(PeerAddress), Inbound: false, lab.Association(0x1100), Remove: 0x1000));
        packets[1..].ForEach(packet => far.Pass(Up0, packet));
        Assert.Single(far.Out(Web1));
        Assert.Empty(far.Drops());

        // The next frame has another number than the last, or late fragments of both would mix.
        List<byte[]> next = Send(near);
        packets[..1].ForEach(packet => far.Pass(Up0, packet));
        next.ForEach(packet => far.Pass(Up0, packet));
        Assert.Single(far.Out(Web1));
        Assert.Equal(2, far.Switch.Snapshot().Tunnels[0].Reassembled);
        Assert.Equal(["esp-replay"], far.Drops().Keys); // the one that was sent twice

        static void Step(SwitchRig rig, RekeyRequest request) => rig.Switch.Apply(request.ApplyTo(rig.Switch.Plan), [.. rig.Switch.Ports]);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Fragments_that_came_before_a_peer_was_protected_complete_no_frame_of_it()
    {
        SwitchPlan plain = Long();
        using var lab = new SecurityLab(plain, outbound: 1);
        using var rig = new SwitchRig(plain, link: Jumbo);
        rig.Pass(Up0, Fragment(1, 608, 0, 304));
        Assert.Equal(1, rig.Switch.Totals.Held);
        rig.Switch.Apply(lab.Plan, [.. rig.Switch.Ports]);
        Assert.Equal((0L, 1L), (rig.Switch.Totals.Held, rig.Drops()["stopping"]));
    }

    private static SwitchPlan Long()
    {
        SwitchPlan plan = Fragmenting().With(0, blue => blue with { Peers = [new TunnelAddress(PeerAddress), new TunnelAddress(Peer3Address)] });
        return plan with { Ports = [.. plan.Ports.Select(port => port.Role == PortRole.Access ? port with { MtuBytes = 3500 } : port)] };
    }

    /// <summary>Sends a long frame and returns the sealed packets to the first peer.</summary>
    private static List<byte[]> Send(SwitchRig rig) => [.. rig.Pass(Web1, Plain(Broadcast, A, 3014)).Out(Up0).Where(packet => packet[33] == 2)];

    /// <summary>"Fragmentation needed" from a router, which quotes as much as RFC 1812 section 4.3.2.3 asks for.</summary>
    private static byte[] Quote(byte[] packet, ushort mtu)
    {
        byte[] frame = [.. VtepBytes, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0, 203, 0, 113, 1, 192, 0, 2, 1, 3, 4, 0, 0, 0, 0, 0, 0, .. packet[14..(14 + 548)]];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(40), mtu);
        FixHeaderChecksum(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(36), InternetChecksum.Compute(frame.AsSpan(34)));
        return frame;
    }

    private static byte[] VtepBytes
    {
        get
        {
            byte[] bytes = new byte[6];
            VtepMac.Write(bytes);
            return bytes;
        }
    }
}
