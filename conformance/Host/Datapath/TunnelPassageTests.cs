using System.Buffers.Binary;
using Weft.Conformance.PortsTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports.Offload;

namespace Weft.Conformance.HostTests;

/// <summary>Superframes through a tunnel between two switches: as few pieces as there can be, and each frame the one it would have been.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class TunnelPassageTests
{
    private const int OuterBytes = 42;
    private const int TunnelBytes = 8;
    private static readonly MacAddress Sender = MacAddress.Parse("02:00:00:00:00:01");
    private static readonly MacAddress Receiver = MacAddress.Parse("02:00:00:00:00:02");
    private static readonly MacAddress Neighbour = MacAddress.Parse("02:00:00:00:00:03");

    [Theory]
    [InlineData(TunnelKind.Vxlan, OuterChecksumPolicy.Standard, 1)]
    [InlineData(TunnelKind.Geneve, OuterChecksumPolicy.Standard, 1)]
    [InlineData(TunnelKind.Vxlan, OuterChecksumPolicy.Always, 1)]
    [InlineData(TunnelKind.Vxlan, OuterChecksumPolicy.Zero, 0)]
    public void A_superframe_enters_a_tunnel_as_datagrams_and_leaves_it_in_one_piece(TunnelKind kind, OuterChecksumPolicy checksum, int pieces)
    {
        using Bed bed = new(kind, checksum);
        bed.LearnBehindTunnel();
        byte[] bytes = SuperframeTests.Build(Shape(30_000), out VirtioNetHeader header);
        bed.Ports[TestPlans.Web1].Arrive(bytes, header);
        bed.Run();
        SuperframePort up = bed.Ports[TestPlans.Up0];
        Assert.Equal((pieces, pieces == 0), (up.Whole.Count, up.Frames.Count > 0));
        if (pieces == 0)
        {
            Assert.Equal(SuperframeTests.Cut(bytes, header).Select(Convert.ToHexString), up.Frames.Select(frame => Convert.ToHexString(frame.AsSpan(OuterBytes + TunnelBytes))));
            return;
        }

        // The other way round the same switch stands for the other one.
        (byte[] sent, VirtioNetHeader told) = up.Whole[0];
        bed.Learn(TestPlans.Web2, Receiver);
        bed.ArriveFromPeer(sent, told);
        bed.Run();
        (byte[] arrived, VirtioNetHeader described) = Assert.Single(bed.Ports[TestPlans.Web2].Whole);
        Assert.Equal(bytes, arrived);
        Assert.Equal((header.GsoSize, header.ChecksumStart, header.RawGsoType), (described.GsoSize, described.ChecksumStart, described.RawGsoType));
    }

    [Fact]
    public void Rfc6040_A_congestion_mark_outside_is_in_every_frame_inside()
    {
        using Bed bed = new();
        bed.Learn(TestPlans.Web2, Receiver);
        byte[] bytes = SuperframeTests.Build(Shape(30_000), out VirtioNetHeader header);
        bytes[15] = 0xB9;
        Repair(bytes);
        bed.LearnBehindTunnel();
        bed.Ports[TestPlans.Web1].Arrive(bytes, header);
        bed.Run();
        (byte[] sent, VirtioNetHeader told) = bed.Ports[TestPlans.Up0].Whole[0];
        Assert.Equal(1, sent[15] & 3);
        sent[15] |= 3;
        Repair(sent);
        bed.Learn(TestPlans.Web2, Receiver);
        bed.ArriveFromPeer(sent, told);
        bed.Run();
        (byte[] arrived, VirtioNetHeader described) = Assert.Single(bed.Ports[TestPlans.Web2].Whole);
        Assert.All(SuperframeTests.Cut(arrived, described), frame => Assert.Equal((0xBB, null), (frame[15], NaiveChecksum.Complaint(frame))));
    }

    [Fact]
    public void Damage_inside_reaches_the_receiver_as_damage_whatever_the_device_says_of_the_outside()
    {
        using Bed bed = new();
        bed.LearnBehindTunnel();
        byte[] bytes = SuperframeTests.Build(Shape(10_000), out VirtioNetHeader header);
        bed.Ports[TestPlans.Web1].Arrive(bytes, header);
        bed.Run();
        (byte[] sent, VirtioNetHeader told) = bed.Ports[TestPlans.Up0].Whole[0];
        sent[^1] ^= 0x10;
        bed.Learn(TestPlans.Web2, Receiver);
        bed.ArriveFromPeer(sent, told);
        bed.Run();
        Assert.Empty(bed.Ports[TestPlans.Web2].Whole);
        List<byte[]> frames = bed.Ports[TestPlans.Web2].Frames;
        Assert.Equal(SuperframeTests.Cut(bytes, header).Count, frames.Count);
        Assert.NotNull(NaiveChecksum.Complaint(frames[^1]));
        Assert.All(frames.SkipLast(1), frame => Assert.Null(NaiveChecksum.Complaint(frame)));
    }

    [Fact]
    public void A_superframe_of_the_kernels_own_tunnel_comes_out_in_one_piece()
    {
        using Bed bed = new();
        bed.Learn(TestPlans.Web2, Receiver);
        byte[] bytes = SuperframeTests.Build(Shape(20_000), out VirtioNetHeader header);
        byte[] outer = Convert.FromHexString("02000000000102000000fe02080045000000000040004011" + "0000" + "c0000202c0000201" + "c35012b5000000000800000000000000");
        byte[] tunnelled = [.. outer, .. bytes];
        bed.ArriveFromPeer(tunnelled, new VirtioNetHeader(true, header.GsoType, header.GsoSize, header.ChecksumStart + outer.Length, header.ChecksumOffset));
        bed.Run();
        Assert.Equal(bytes, Assert.Single(bed.Ports[TestPlans.Web2].Whole).Bytes);
    }

    [Theory]
    [InlineData(1400)]
    [InlineData(40)]
    public void Where_its_frames_do_not_fit_the_tunnel_a_superframe_comes_to_it_as_frames(int mtu)
    {
        using Bed bed = new(change: plan => plan.WithPort(TestPlans.Up0, port => port) with { Vteps = [plan.Vteps[0] with { MtuBytes = Math.Max(mtu, 576) }] });
        bed.LearnBehindTunnel();
        bed.Ports[TestPlans.Web1].Arrive(SuperframeTests.Build(Shape(10_000), out VirtioNetHeader header), header);
        bed.Run();
        Assert.Empty(bed.Ports[TestPlans.Up0].Whole);
        Assert.Equal(7, bed.Switch.Snapshot(SnapshotParts.None).Drops.Where(drop => drop.Reason == "tunnel-mtu-exceeded").Sum(drop => drop.Packets));
    }

    [Fact]
    public void A_next_hop_that_does_not_answer_takes_no_buffers_from_superframes_of_others()
    {
        using Bed bed = new(change: plan => plan with { Vteps = [plan.Vteps[0] with { StaticNeighbors = new Dictionary<TunnelAddress, MacAddress>() }] });
        bed.LearnBehindTunnel();
        List<byte[]> frames = [];
        for (int i = 0; i < 40; i++)
        {
            byte[] bytes = SuperframeTests.Build(Shape(3000 + i), out VirtioNetHeader header);
            bed.Ports[TestPlans.Web1].Arrive(bytes, header);
            frames.AddRange(SuperframeTests.Cut(bytes, header));
        }

        bed.Run();
        // What waits are frames, as many as wait of any traffic.
        Assert.Equal(HeldFrames.MaxPerHop, bed.Switch.Totals.Held);
        bed.Learn(TestPlans.Web2, Neighbour);
        byte[] other = SuperframeTests.Build(Shape(20_000), out VirtioNetHeader described);
        Neighbour.Write(other);
        for (int i = 0; i < 4; i++)
        {
            bed.Ports[TestPlans.Web1].Arrive(other, described);
        }

        bed.Run();
        Assert.Equal(4, bed.Ports[TestPlans.Web2].Whole.Count);
        SuperframePort up = bed.Ports[TestPlans.Up0];
        up.Frames.Clear();
        up.Arrive(TestFrames.Arp(2, TestPlans.VtepMac, TestPlans.PeerMac, TestPlans.PeerAddress, TestPlans.VtepMac, TestPlans.VtepAddress));
        bed.Run();
        Assert.Equal(frames.Take(HeldFrames.MaxPerHop).Select(Convert.ToHexString), up.Frames.Select(frame => Convert.ToHexString(frame.AsSpan(OuterBytes + TunnelBytes))));
        // From now on they go whole.
        bed.Ports[TestPlans.Web1].Arrive(SuperframeTests.Build(Shape(20_000), out described), described);
        bed.Run();
        Assert.NotEmpty(up.Whole);
    }

    private static void Repair(byte[] frame)
    {
        frame.AsSpan(24, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), InternetChecksum.Compute(frame.AsSpan(14, 20)));
    }

    private static SuperframeTests.Shape Shape(int payload) => new(false, false, 0, SuperframeTests.Tunnel.None, false, payload, 1448, 0x18);

    /// <summary>A switch between ports that take everything.</summary>
    private sealed class Bed : IDisposable
    {
        private static readonly Timestamp Now = Timestamp.FromSeconds(1000);
        private readonly bool _isGeneve;

        public Bed(TunnelKind kind = TunnelKind.Vxlan, OuterChecksumPolicy checksum = OuterChecksumPolicy.Standard, Func<SwitchPlan, SwitchPlan>? change = null)
        {
            _isGeneve = kind == TunnelKind.Geneve;
            SwitchPlan plan = TestPlans.Resolved();
            plan = plan with { Vteps = [plan.Vteps[0] with { Kind = kind, UdpPort = (ushort)(_isGeneve ? 6081 : 4789), Checksum = checksum }] };
            plan = change?.Invoke(plan) ?? plan;
            Ports = [.. plan.Ports.Select(port => new SuperframePort(port.Name, takes: true))];
            Switch = new Switch(plan, Ports, new SwitchOptions { Seed = SwitchRig.Seed, Start = Now });
        }

        public SuperframePort[] Ports { get; }

        public Switch Switch { get; }

        public void Learn(int port, MacAddress address)
        {
            Ports[port].Arrive(Hello(address));
            Run();
            Forget();
        }

        /// <summary>Has the switch know that the receiver is behind the first peer.</summary>
        public void LearnBehindTunnel()
        {
            byte[] hello = Hello(Receiver);
            byte[] outer = Convert.FromHexString("02000000000102000000fe02080045000000000040004011" + "0000" + "c0000202c0000201" + (_isGeneve ? "c35017c1" : "c35012b5") + "00000000" + (_isGeneve ? "0000655800000000" : "0800000000000000"));
            byte[] frame = [.. outer, .. hello];
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(38), (ushort)(frame.Length - 34));
            ArriveFromPeer(frame, default);
            Run();
            Forget();
        }

        /// <summary>What the switch sent to its peer, or would, comes from that peer to it.</summary>
        public void ArriveFromPeer(byte[] frame, VirtioNetHeader header)
        {
            byte[] turned = [.. frame];
            TestPlans.VtepMac.Write(turned);
            TestPlans.PeerMac.Write(turned.AsSpan(6));
            BinaryPrimitives.WriteUInt32BigEndian(turned.AsSpan(26), TestPlans.PeerAddress.Value);
            BinaryPrimitives.WriteUInt32BigEndian(turned.AsSpan(30), TestPlans.VtepAddress.Value);
            uint vni = TestPlans.Vni;
            BinaryPrimitives.WriteUInt32BigEndian(turned.AsSpan(OuterBytes + 4), vni << 8);
            if (header.GsoSize != 0 || turned[16] == 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(turned.AsSpan(16), (ushort)(turned.Length - 14));
                BinaryPrimitives.WriteUInt16BigEndian(turned.AsSpan(38), (ushort)(turned.Length - 34));
            }

            Repair(turned);
            Ports[TestPlans.Up0].Arrive(turned, header);
        }

        public void Run()
        {
            while (Switch.RunOnce(Now) > 0)
            {
            }

            Assert.True(Switch.Totals.Balanced, $"{Switch.Totals}");
        }

        public void Dispose() => Switch.Dispose();

        private static byte[] Hello(MacAddress from)
        {
            byte[] frame = new byte[64];
            _ = new EthernetHeader { Destination = Sender, Source = from, EtherType = EtherType.Experimental1 }.Write(frame);
            return frame;
        }

        private void Forget() => Array.ForEach(Ports, port =>
        {
            port.Frames.Clear();
            port.Whole.Clear();
        });
    }
}
