using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>Frames cut by one endpoint and put together by another, packet by packet as on a wire.</summary>
public sealed class TunnelFragmenterTests
{
    private const uint Vni = 77;
    private static readonly Timestamp Start = Timestamp.FromMilliseconds(1000);

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Whatever_is_cut_arrives_whole_from_packets_that_fit_the_mtu()
    {
        Prop.ForAll(Cases(), c =>
        {
            using var pair = new FragmentingPair(c);
            byte[] inner = pair.Inner(c.Length);
            List<byte[]> packets = pair.Cut(inner);
            int ip = c.IPv6 ? 40 : 20;
            ushort? port = null;
            int? trafficClass = null;
            int first = 0;
            for (int i = 0; i < packets.Count; i++)
            {
                byte[] packet = packets[i];
                Assert.True(packet.Length - 14 <= c.Mtu, $"{packet.Length - 14} bytes");
                Assert.Equal(DecapVerdictOf(packets.Count), pair.Open(packet, out DecapsulatedFrame piece));
                Assert.Equal(Vni, piece.Vni);
                Assert.Equal(port ??= piece.SourcePort, piece.SourcePort);
                Assert.Equal(trafficClass ??= c.IPv6 ? packet[15] & 0xF0 : packet[15], c.IPv6 ? packet[15] & 0xF0 : packet[15]);
                Assert.Equal(64, packet[14 + (c.IPv6 ? 7 : 8)]);
                if (!c.IPv6)
                {
                    // Not a fragment to anybody on the path: the don't-fragment flag alone.
                    Assert.Equal(0x4000, (packet[20] << 8) | packet[21]);
                }

                first = i == 0 ? piece.InnerLength : first;
                if (packets.Count > 1)
                {
                    bool last = i == packets.Count - 1;
                    Assert.True(last ? piece.InnerLength <= first && (c.Split == FragmentSplit.Greedy || first - piece.InnerLength < 8 * packets.Count) : piece.InnerLength == first && first % 8 == 0);
                    Assert.Equal(packet.Length, 14 + ip + 8 + 8 + (c.Protocol switch { TunnelProtocol.Geneve => 12, TunnelProtocol.VxlanGpe => 8, _ => 0 }) + piece.InnerLength);
                }
            }

            Assert.Equal(inner, pair.Deliver(Shuffled(packets, c.Seed)));
            Assert.Equal(0, pair.Reassembler.Count);
        }).Check(Chance.Of(300));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Without_any_one_packet_nothing_arrives_and_memory_returns_after_the_timeout()
    {
        Prop.ForAll(Cases(), c =>
        {
            using var pair = new FragmentingPair(c);
            List<byte[]> packets = pair.Cut(pair.Inner(c.Length));
            if (packets.Count == 1)
            {
                return;
            }

            packets.RemoveAt(new Random(c.Seed).Next(packets.Count));
            Assert.Null(pair.Deliver(Shuffled(packets, c.Seed)));
            Assert.Equal(1, pair.Reassembler.Count);
            Assert.Equal(packets.Count, pair.Reassembler.Counters.Waiting);
            Assert.Equal(1, pair.Reassembler.Expire(Start + TimeSpan.FromMilliseconds(500), 10));
            Assert.Equal(0, pair.Reassembler.Count);
            Assert.Equal(0, pair.Reassembler.Counters.Waiting);
            Assert.Equal(packets.Count, pair.Reassembler.Counters.ExpiredFragments);
        }).Check(Chance.Of(200));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Duplicates_anywhere_change_nothing()
    {
        Prop.ForAll(Cases(), c =>
        {
            using var pair = new FragmentingPair(c);
            byte[] inner = pair.Inner(c.Length);
            List<byte[]> packets = pair.Cut(inner);
            if (packets.Count == 1)
            {
                return;
            }

            var random = new Random(c.Seed);
            List<byte[]> more = Shuffled(packets, c.Seed);
            byte[] last = more[^1];
            more.RemoveAt(more.Count - 1);
            more.InsertRange(random.Next(more.Count), more.ToArray());
            Assert.Null(pair.Deliver(more));
            Assert.Equal(packets.Count - 1, pair.Reassembler.Counters.Duplicate);
            Assert.Equal(inner, pair.Deliver([last]));
        }).Check(Chance.Of(200));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void One_fragment_that_overlaps_leaves_nothing_until_the_deadline()
    {
        Prop.ForAll(Cases(), c =>
        {
            // Without a checksum, so that the forger need not repair one.
            using var pair = new FragmentingPair(c with { IPv6 = false, Checksum = OuterChecksum.Zero, Protocol = c.Protocol == TunnelProtocol.Vxlan ? TunnelProtocol.Geneve : c.Protocol });
            List<byte[]> packets = pair.Cut(pair.Inner(c.Length));
            if (packets.Count < 3)
            {
                return;
            }

            // A piece in the middle comes a unit early as well, as a forger would send it.
            byte[] forged = [.. packets[1]];
            int position = forged.Length - pair.LengthOf(packets[1]) - 2;
            ushort shifted = (ushort)(((forged[position] << 8) | forged[position + 1]) - (1 << 3));
            (forged[position], forged[position + 1]) = ((byte)(shifted >> 8), (byte)shifted);
            packets.Insert(new Random(c.Seed).Next(packets.Count), forged);
            Assert.Null(pair.Deliver(packets));
            Assert.Null(pair.Deliver(pair.Cut(pair.Inner(c.Length), sameNumber: true)));
            Assert.True(pair.Reassembler.Counters.Overlap == 1 && pair.Reassembler.Counters.Discarded > 0);
        }).Check(Chance.Of(200));
    }

    [Theory, Trait(Kind.Key, Kind.Rfc)]
    [InlineData(2, 2, 2)]
    [InlineData(2, 3, 3)]
    [InlineData(0, 3, -1)]
    public void Rfc6040_Section4_2_The_merged_mark_goes_inside_or_drops_the_frame(int innerEcn, int markOfOneFragment, int expected)
    {
        var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c, OuterEcn.Normal);
        byte[] inner = pair.Inner(c.Length, trafficClass: (byte)innerEcn);
        List<byte[]> packets = pair.Cut(inner);
        FragmentingPair.Mark(packets[1], markOfOneFragment);
        if (innerEcn == 0)
        {
            // All fragments of a transport that is not capable, all marked: only the inner packet can say that this is wrong.
            FragmentingPair.Mark(packets[0], markOfOneFragment);
        }

        byte[]? whole = pair.Deliver(packets);
        Assert.Equal(expected < 0, whole is null);
        Assert.Equal(expected < 0 ? 1 : 0, pair.Decapsulator.Counters.CongestionDrop);
        if (whole is not null)
        {
            Assert.Equal(expected, whole[15] & 3);
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_fragmented_runt_is_refused_like_a_whole_one()
    {
        var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c);
        byte[] tag = [.. new byte[12], 0x81, 0x00, 0x00, 0x0A, 0x81, 0x00];
        Assert.Equal(DecapVerdict.InnerRunt, pair.Decapsulator.OpenReassembled(tag, 0, 0, out _));
        Assert.Equal(1, pair.Decapsulator.Counters.InnerRunt);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void An_endpoint_without_fragmentation_drops_fragments()
    {
        var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c);
        List<byte[]> packets = pair.Cut(pair.Inner(c.Length));
        var plain = new TunnelDecapsulator(pair.ReceiverOptions with { Fragmentation = null });
        _ = PacketLayout.TryParse(packets[0], out PacketLayout layout);
        Assert.Equal(DecapVerdict.UnknownCriticalOption, plain.Decapsulate(packets[0], layout, out _));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(0x40, DecapVerdict.Fragment, 0)]
    [InlineData(0x00, DecapVerdict.Fragment, 1)] // the flag says none, the option is
    [InlineData(0xC0, DecapVerdict.ControlPacket, 0)]
    public void The_options_type_decides_and_a_wrong_flag_is_counted(byte flags, DecapVerdict expected, long mismatches)
    {
        var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c);
        byte[] packet = pair.Cut(pair.Inner(c.Length))[0];
        packet[43] = flags;
        Assert.Equal(expected, pair.Open(packet, out _));
        Assert.Equal(mismatches, pair.Decapsulator.Counters.CriticalFlagMismatch);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_critical_flag_without_a_critical_option_is_counted_and_ignored()
    {
        var c = new FragmentCase(1000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c);
        byte[] packet = Assert.Single(pair.Cut(pair.Inner(c.Length)));
        packet[43] = 0x40;
        Assert.Equal(DecapVerdict.Decapsulated, pair.Open(packet, out _));
        Assert.Equal(1, pair.Decapsulator.Counters.CriticalFlagMismatch);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void An_outer_ip_fragment_is_never_taken_for_a_tunnel_packet()
    {
        var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c);
        byte[] packet = pair.Cut(pair.Inner(c.Length))[0];
        packet[20] = 0x20; // more fragments
        packet[24] = packet[25] = 0;
        ushort checksum = InternetChecksum.Compute(packet.AsSpan(14, 20));
        (packet[24], packet[25]) = ((byte)(checksum >> 8), (byte)checksum);
        Assert.Equal(DecapVerdict.OuterFragment, pair.Open(packet, out _));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData("0c00007f" + "00004d00" + "0102030408000050", DecapVerdict.Fragment)]
    [InlineData("0c00007f" + "00004d00" + "0102030408000051", DecapVerdict.BadFragmentOption)] // version 1
    [InlineData("0c00007f" + "00004d00" + "01020304080000", DecapVerdict.BadFragmentOption)] // cut off
    [InlineData("0c00007e" + "00004d00" + "0102030408000050", DecapVerdict.UnknownPayload)]
    [InlineData("0c000080" + "00004d00" + "0102030408000050", DecapVerdict.UnknownPayload)] // a shim that nobody here knows
    [InlineData("0d00007f" + "00004d00" + "0102030408000050", DecapVerdict.ControlPacket)]
    [InlineData("1c00007f" + "00004d00" + "0102030408000050", DecapVerdict.TunnelVersion)]
    [InlineData("0400007f" + "00004d00" + "0102030408000050", DecapVerdict.VniFlagMissing)]
    [InlineData("0c00007f" + "00004d", DecapVerdict.TunnelTruncated)]
    public void Every_vxlan_gpe_header_gets_its_answer(string header, DecapVerdict expected)
    {
        var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1, TunnelProtocol.VxlanGpe);
        using var pair = new FragmentingPair(c);
        byte[] tunnel = Convert.FromHexString(header);
        byte[] packet = [.. pair.Cut(pair.Inner(c.Length))[0].AsSpan(0, 42), .. tunnel];
        (packet[16], packet[17]) = (0, (byte)(28 + tunnel.Length));
        (packet[38], packet[39]) = (0, (byte)(8 + tunnel.Length));
        FragmentingPair.Mark(packet, 0);
        Assert.Equal(expected, pair.Open(packet, out DecapsulatedFrame piece));
        if (expected == DecapVerdict.Fragment)
        {
            Assert.Equal((new FragmentInfo(0x01020304, 2048, 10), 77u, 0), (piece.Fragment, piece.Vni, piece.InnerLength));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void A_sink_without_room_ends_the_work_and_is_counted()
    {
        var c = new FragmentCase(9000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
        using var pair = new FragmentingPair(c);
        byte[] inner = pair.Inner(c.Length);
        _ = PacketLayout.TryParse(inner, out PacketLayout layout);
        var packets = new List<byte[]>();
        var sink = new PacketList(packets, most: 3);
        Assert.Equal(EncapVerdict.OutOfRoom, pair.Fragmenter.Write(inner, layout, pair.Peer, Vni, ref sink));
        Assert.Equal(3, packets.Count);
        Assert.Equal(1, pair.Fragmenter.Counters.OutOfRoom);
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Lanes_never_use_one_number_at_a_time()
    {
        var seen = new HashSet<uint>();
        for (int lane = 0; lane < 4; lane++)
        {
            var c = new FragmentCase(2000, 1500, false, OuterChecksum.Zero, FragmentSplit.Balanced, 1);
            using var pair = new FragmentingPair(c, lane: lane, lanes: 4);
            for (int i = 0; i < 100; i++)
            {
                Assert.Equal(DecapVerdict.Fragment, pair.Open(pair.Cut(pair.Inner(c.Length))[0], out DecapsulatedFrame piece));
                Assert.True(seen.Add(piece.Fragment.DatagramId));
            }
        }
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(3, 0, 1, "Lanes")]
    [InlineData(2, 2, 1, "Lane")]
    [InlineData(1, 0, 63, "MaxInnerBytes")]
    public void Mistakes_in_options_are_named(int lanes, int lane, int maxInner, string named)
    {
        VtepOptions options = TunnelVectors.OvsSender(TunnelProtocol.Geneve, false) with
        {
            Fragmentation = new TunnelFragmentation { Lanes = lanes, Lane = lane, MaxInnerBytes = maxInner == 1 ? 9216 : maxInner },
        };
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(options)).Message);
        VtepOptions vxlan = TunnelVectors.OvsSender(TunnelProtocol.Vxlan, false) with { Fragmentation = new TunnelFragmentation() };
        Assert.Contains("VxlanReservedBits", Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(vxlan)).Message);
        VtepOptions geneve = TunnelVectors.OvsSender(TunnelProtocol.Geneve, false) with { Fragmentation = new TunnelFragmentation { VxlanReservedBits = true } };
        Assert.Contains("VxlanReservedBits", Assert.Throws<ArgumentException>(() => new TunnelEncapsulator(geneve)).Message);
    }

    [Theory, Trait(Kind.Key, Kind.Alloc)]
    [InlineData(TunnelProtocol.Geneve)]
    [InlineData(TunnelProtocol.VxlanGpe)]
    [InlineData(TunnelProtocol.Vxlan)]
    public void Cutting_and_putting_together_allocates_nothing(TunnelProtocol protocol)
    {
        var c = new FragmentCase(9014, 1500, false, OuterChecksum.Always, FragmentSplit.Balanced, 1, protocol);
        using var pair = new FragmentingPair(c);
        byte[] inner = pair.Inner(c.Length);
        _ = PacketLayout.TryParse(inner, out PacketLayout layout);
        byte[] buffer = new byte[2000];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                _ = pair.Fragmenter.TryPlan(inner, layout, pair.Peer, Vni, out TunnelFragments fragments);
                for (int index = 0; index < fragments.Plan.Count; index++)
                {
                    int bytes = pair.Fragmenter.WritePacket(fragments, index, inner, buffer);
                    _ = pair.Open(buffer.AsSpan(0, bytes), out DecapsulatedFrame piece);
                    if (pair.Add(buffer, piece, out DatagramHandle handle) == ReassemblyVerdict.Completed)
                    {
                        _ = pair.Decapsulator.OpenReassembled(pair.Reassembler.Bytes(handle), pair.Reassembler.Ecn(handle), 0, out _);
                        pair.Reassembler.Release(handle);
                    }
                }
            }
        }));
        Assert.True(pair.Reassembler.Counters.Completed >= 2000);
    }

    private static DecapVerdict DecapVerdictOf(int packets) => packets == 1 ? DecapVerdict.Decapsulated : DecapVerdict.Fragment;

    private static List<byte[]> Shuffled(List<byte[]> packets, int seed)
    {
        var random = new Random(seed);
        return [.. packets.OrderBy(_ => random.Next())];
    }

    private static Arbitrary<FragmentCase> Cases() => Arb.From(
        from length in Gen.Choose(60, 9216)
        from mtu in Gen.Frequency((1, Gen.Choose(576, 9100)), (2, Gen.Constant(1500)))
        from ipv6 in Gen.Elements(false, true)
        from checksum in Gen.Elements(OuterChecksum.Standard, OuterChecksum.Always)
        from split in Gen.Elements(FragmentSplit.Balanced, FragmentSplit.Greedy)
        from seed in Gen.Choose(0, int.MaxValue)
        from protocol in Gen.Elements(TunnelProtocol.Geneve, TunnelProtocol.VxlanGpe, TunnelProtocol.Vxlan)
        select new FragmentCase(length, mtu, ipv6, checksum, split, seed, protocol),
        c => c.Length > 60 ? [c with { Length = Math.Max(60, c.Length / 2) }, c with { Length = c.Length - 1 }] : []);
}
