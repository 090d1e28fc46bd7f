using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.EncapTests;

/// <summary>Fragments whose information is in reserved bits of VXLAN, and whose length the last of them tells.</summary>
public sealed class VxlanReservedBitsTests
{
    private static readonly FragmentCase Case = new(4000, 1500, false, OuterChecksum.Always, FragmentSplit.Balanced, 7, TunnelProtocol.Vxlan);
    private static readonly FragmentSource Alice = new(VtepAddress.Parse("192.0.2.1"), 100, 0);
    private static readonly Timestamp Start = Timestamp.FromMilliseconds(1000);

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    //           flags, number, M and offset high, VNI, offset low and version
    [InlineData("48" + "abcd" + "80" + "00004d" + "28", DecapVerdict.Fragment, 0xABCD, 0, 10)]
    [InlineData("48" + "abcd" + "00" + "00004d" + "28", DecapVerdict.Fragment, 0xABCD, 80, 10)] // the last: it says where the frame ends
    [InlineData("48" + "0001" + "ff" + "00004d" + "fc", DecapVerdict.Fragment, 1, 0, 8191)]
    [InlineData("48" + "0001" + "ff" + "00004d" + "fd", DecapVerdict.BadFragmentOption, 0, 0, 0)] // version 1
    [InlineData("48" + "0001" + "80" + "00004d" + "02", DecapVerdict.BadFragmentOption, 0, 0, 0)] // version 2
    [InlineData("40" + "0001" + "80" + "00004d" + "00", DecapVerdict.VniFlagMissing, 0, 0, 0)]
    [InlineData("08" + "abcd" + "80" + "00004d" + "28", DecapVerdict.InnerRunt, 0, 0, 0)] // no flag: whatever is reserved is ignored
    [InlineData("b7" + "abcd" + "80" + "00004d" + "28", DecapVerdict.VniFlagMissing, 0, 0, 0)]
    public void Every_header_gets_its_answer(string header, DecapVerdict expected, int id, int total, int units)
    {
        using var pair = new FragmentingPair(Case with { Checksum = OuterChecksum.Zero });
        byte[] tunnel = Convert.FromHexString(header);
        byte[] packet = [.. pair.Cut(pair.Inner(2000))[0].AsSpan(0, 42), .. tunnel];
        (packet[16], packet[17]) = (0, (byte)(28 + tunnel.Length));
        (packet[38], packet[39]) = (0, (byte)(8 + tunnel.Length));
        FragmentingPair.Mark(packet, 0);
        Assert.Equal(expected, pair.Open(packet, out DecapsulatedFrame piece));
        if (expected == DecapVerdict.Fragment)
        {
            Assert.Equal((new FragmentInfo((uint)id, (ushort)total, (ushort)units), 77u), (piece.Fragment, piece.Vni));
        }
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void An_end_beyond_what_a_frame_can_have_is_malformed()
    {
        using var pair = new FragmentingPair(Case with { Checksum = OuterChecksum.Zero });
        byte[] packet = pair.Cut(pair.Inner(4000))[0];
        (packet[45], packet[49]) = (0xFF, 0xFC); // 65,528 bytes in front of it, and more than seven in it
        Assert.Equal(DecapVerdict.BadFragmentOption, pair.Open(packet, out _));
    }

    [Fact, Trait(Kind.Key, Kind.Rfc)]
    public void Rfc7348_Section5_A_receiver_that_was_not_told_ignores_the_bits_which_is_why_they_need_opting_in()
    {
        using var pair = new FragmentingPair(Case);
        var unaware = new TunnelDecapsulator(pair.ReceiverOptions with { Fragmentation = null });
        byte[] packet = pair.Cut(pair.Inner(4000))[1];
        _ = PacketLayout.TryParse(packet, out PacketLayout layout);
        Assert.Equal(DecapVerdict.Decapsulated, unaware.Decapsulate(packet, layout, out _));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Without_the_option_a_reassembler_takes_no_open_end()
    {
        using TunnelReassembler strict = New(lengthFromLast: false);
        Assert.Equal(ReassemblyVerdict.BadBounds, Add(strict, 0, 0, 1024));
    }

    [Theory, Trait(Kind.Key, Kind.Hostile)]
    [InlineData(3000, 250, 1000, ReassemblyVerdict.LengthConflict)] // the end lies before what has come
    [InlineData(3999, 375, 999, ReassemblyVerdict.Overlap)]
    [InlineData(4000, 499, 8, ReassemblyVerdict.Overlap)]
    [InlineData(4008, 500, 8, ReassemblyVerdict.Stored)]
    [InlineData(9216, 1027, 1000, ReassemblyVerdict.Stored)]
    [InlineData(9217, 1027, 1001, ReassemblyVerdict.TooLong)]
    [InlineData(0, 500, 5216, ReassemblyVerdict.Stored)]
    [InlineData(0, 500, 5224, ReassemblyVerdict.TooLong)]
    [InlineData(0, 376, 1024, ReassemblyVerdict.Overlap)]
    [InlineData(0, 500, 248, ReassemblyVerdict.TooSmall)]
    [InlineData(0, 0, 1001, ReassemblyVerdict.TooSmall)]
    [InlineData(0, 0, 8, ReassemblyVerdict.HeaderSplit)]
    [InlineData(0, 0, 0, ReassemblyVerdict.BadBounds)]
    public void A_fragment_is_judged_by_what_has_come_of_its_frame_while_the_length_is_open(int total, int units, int length, ReassemblyVerdict expected)
    {
        using TunnelReassembler reassembler = New();
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, 0, 400, 800));
        Assert.Equal(expected, Add(reassembler, total, units, length));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Two_ends_that_differ_discard_the_frame_and_so_does_a_piece_behind_the_end()
    {
        using TunnelReassembler reassembler = New();
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, 4000, 250, 2000));
        Assert.Equal(ReassemblyVerdict.LengthConflict, Add(reassembler, 5000, 500, 1000));
        Assert.Equal(ReassemblyVerdict.Discarded, Add(reassembler, 0, 0, 2000));

        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, 4000, 250, 2000, id: 2));
        Assert.Equal(ReassemblyVerdict.LengthConflict, Add(reassembler, 0, 500, 1000, id: 2));

        // What ends exactly there and says that more follows contradicts it, too.
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, 4000, 375, 1000, id: 3));
        Assert.Equal(ReassemblyVerdict.LengthConflict, Add(reassembler, 0, 250, 2000, id: 3));
    }

    [Fact, Trait(Kind.Key, Kind.Hostile)]
    public void Duplicates_are_told_from_overlaps_up_to_the_last_byte_of_a_buffer()
    {
        using TunnelReassembler reassembler = New();
        Assert.Equal(ReassemblyVerdict.Stored, Add(reassembler, 0, 1024, 1024));
        Assert.Equal(ReassemblyVerdict.Duplicate, Add(reassembler, 0, 1024, 1024));
        Assert.Equal(ReassemblyVerdict.Overlap, Add(reassembler, 0, 1032, 960));
    }

    [Fact, Trait(Kind.Key, Kind.Property)]
    public void Any_order_with_any_duplicates_gives_the_frame_however_late_its_length_is_known()
    {
        var cases = Arb.From(
            from length in Gen.Choose(65, 9216)
            from budget in Gen.Choose(64, 1500)
            from seed in Gen.Choose(0, int.MaxValue)
            select (length, budget, seed));
        using TunnelReassembler reassembler = New(minFragment: 8);
        uint id = 0;
        Prop.ForAll(cases, c =>
        {
            var random = new Random(c.seed);
            byte[] frame = new byte[c.length];
            random.NextBytes(frame);
            var plan = FragmentPlan.Create(c.length, 0, c.budget, random.Next(2) == 0 ? FragmentSplit.Balanced : FragmentSplit.Greedy);
            if (plan.Count == 1)
            {
                return;
            }

            List<int> order = [.. Enumerable.Range(0, plan.Count).OrderBy(_ => random.Next())];
            order.InsertRange(order.Count - 1, order.ToArray()[..^1]);
            id++;
            for (int i = 0; i < order.Count; i++)
            {
                int index = order[i];
                var info = new FragmentInfo(id, (ushort)(index == plan.Count - 1 ? c.length : 0), (ushort)(plan.OffsetOf(index) / 8));
                ReassemblyVerdict verdict = reassembler.Add(Alice, info, frame.AsSpan(plan.OffsetOf(index), plan.PayloadOf(index)), 0, Start, out DatagramHandle handle);
                bool isLast = i == order.Count - 1;
                Assert.Equal(isLast ? ReassemblyVerdict.Completed : i < plan.Count - 1 ? ReassemblyVerdict.Stored : ReassemblyVerdict.Duplicate, verdict);
                if (isLast)
                {
                    Assert.Equal(frame, reassembler.Bytes(handle).ToArray());
                    Assert.True(reassembler.Release(handle));
                }
            }

            Assert.Equal(0, reassembler.Count);
        }).Check(Chance.Of(500));
    }

    [Fact, Trait(Kind.Key, Kind.Live)]
    public void Tshark_finds_whole_vxlan_packets_of_one_flow_with_our_flag_in_each()
    {
        Tshark.Need();
        using var pair = new FragmentingPair(Case);
        // tshark dissects every piece as if it were a frame; with these bytes each is one of an unknown EtherType, to which nobody objects.
        byte[] inner = new byte[4000];
        inner.AsSpan().Fill(0x5A);
        string path = Path.Combine(Path.GetTempPath(), $"weft-vxlan-{Guid.NewGuid():N}.pcap");
        try
        {
            using (PcapWriter writer = PcapWriter.Create(path))
            {
                foreach (byte[] packet in pair.Cut(inner))
                {
                    writer.WritePacket(Timestamp.FromSeconds(1), packet);
                }
            }

            IReadOnlyList<string[]> packets = Tshark.Fields(path, "", "vxlan.flags", "vxlan.vni", "udp.srcport", "ip.flags.mf", "ip.len");
            Assert.Equal(3, packets.Count);
            Assert.All(packets, fields => Assert.Equal(("0x4800", "77"), ($"0x{Convert.ToInt32(fields[0], 16) & 0xFF00:x4}", fields[1])));
            Assert.Single(packets.Select(fields => fields[2]).Distinct());
            Assert.All(packets, fields => Assert.True(fields[3] is "0" or "False" && int.Parse(fields[4], System.Globalization.CultureInfo.InvariantCulture) <= 1500));
            Assert.Equal("", Tshark.Malformed(path));
            Assert.Equal("", Tshark.WrongChecksums(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TunnelReassembler New(bool lengthFromLast = true, int minFragment = 256) =>
        new(new ReassemblyOptions { Seed = new HashSeed(1, 2), MaxDatagrams = 64, LengthFromLast = lengthFromLast, MinFragmentBytes = minFragment });

    private static ReassemblyVerdict Add(TunnelReassembler reassembler, int total, int units, int length, uint id = 1) =>
        reassembler.Add(Alice, new FragmentInfo(id, (ushort)total, (ushort)units), new byte[length], 0, Start, out _);
}
