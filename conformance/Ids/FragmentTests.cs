using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Conformance.IdsTests;

/// <summary>Datagrams in fragments.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class FragmentTests
{
    private static readonly byte[] Whole = RuleBench.Udp("a datagram with an EVIL-WORD in its middle"u8.ToArray());
    private static readonly RuleSet Rules = RuleBench.Rules("alert udp any any -> any 53 (content:\"EVIL-WORD\"; sid:1;)\nalert udp any any -> any 53 (content:\"GOOD-WORD\"; sid:2;)");

    [Fact]
    public void Rfc791_Section3_2_fragments_in_any_order_are_one_datagram()
    {
        byte[][] fragments = [Fragment(0, 16, more: true), Fragment(16, 32, more: true), Fragment(32, 50, more: false)];
        Assert.Equal([1u], Inspect(fragments));
        Assert.Equal([1u], Inspect([fragments[2], fragments[0], fragments[1]]));
        Assert.Equal([1u], Inspect([fragments[1], fragments[1], fragments[2], fragments[0]]));
    }

    [Fact]
    public void Rfc1858_Section2_1_a_tiny_first_fragment_hides_nothing() =>
        Assert.Equal([1u], Inspect([Fragment(0, 8, more: true), Fragment(8, 50, more: false)]));

    [Theory]
    [InlineData(OverlapPolicy.First, 1)]
    [InlineData(OverlapPolicy.Last, 2)]
    public void Overlapping_fragments_are_what_the_receivers_system_keeps(OverlapPolicy policy, uint expected)
    {
        byte[] other = Fragment(16, 40, more: true);
        int at = other.AsSpan().IndexOf("EVIL"u8);
        "GOOD"u8.CopyTo(other.AsSpan(at));
        Assert.Equal([expected], Inspect([Fragment(16, 40, more: true), other, Fragment(0, 16, more: true), Fragment(40, 50, more: false)], policy));
    }

    [Fact]
    public void A_datagram_that_is_never_complete_is_forgotten_and_one_of_more_than_64_KiB_given_up()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(Rules), RuleBench.Options with { FragmentCapacity = 2 });
        for (ushort id = 1; id <= 100; id++)
        {
            Inspect(detector, Fragment(0, 16, more: true, id), Timestamp.FromSeconds(id));
        }

        Assert.True(detector.Counters.DatagramsLost >= 98);
        Inspect(detector, At(Fragment(0, 16, more: false, 777), 65_520), Timestamp.FromSeconds(200));
        Assert.Equal(0, detector.Counters.Reassembled);
    }

    [Fact]
    public void Rfc8200_Section4_5_fragments_of_IPv6_are_one_datagram_and_copies_of_them_change_nothing()
    {
        byte[][] fragments = [Six(0, 16, more: true), Six(16, 32, more: true), Six(32, 50, more: false)];
        Assert.Equal([1u], Inspect(fragments));
        Assert.Equal([1u], Inspect([fragments[2], fragments[0], fragments[0], fragments[1]]));
    }

    [Fact]
    public void Rfc5722_Section4_an_overlap_of_IPv6_fragments_gives_up_the_whole_datagram()
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(Rules), RuleBench.Options with { FragmentCapacity = 2 });
        foreach (byte[] fragment in (byte[][])[Six(0, 16, more: true), Six(8, 32, more: true), Six(16, 32, more: true), Six(32, 50, more: false), Six(0, 16, more: true)])
        {
            Assert.Empty(Inspect(detector, fragment, default));
        }

        Assert.Equal((0L, 1L), (detector.Counters.Reassembled, detector.Counters.DatagramsLost));
    }

    private static uint[] Inspect(byte[][] frames, OverlapPolicy policy = OverlapPolicy.Bsd)
    {
        using var detector = new IntrusionDetector(RuleImage.Compile(Rules), RuleBench.Options with { FragmentCapacity = 2, Overlaps = policy });
        return [.. frames.SelectMany(frame => Inspect(detector, frame, default))];
    }

    private static uint[] Inspect(IntrusionDetector detector, byte[] frame, Timestamp now)
    {
        var alerts = new Alert[8];
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        _ = detector.Inspect(frame, layout, now, alerts, out int count);
        return [.. alerts[..count].Select(alert => alert.Sid)];
    }

    /// <summary>Bytes of the datagram's payload, its UDP header included, as a fragment.</summary>
    private static byte[] Fragment(int from, int to, bool more, ushort id = 7)
    {
        const int Headers = 34;
        byte[] frame = [.. Whole[..Headers], .. Whole[(Headers + from)..(Headers + to)]];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(16), (ushort)(frame.Length - 14));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(18), id);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(20), (ushort)((more ? 0x2000 : 0) | from / 8));
        return frame;
    }

    /// <summary>The same bytes as a fragment of IPv6.</summary>
    private static byte[] Six(int from, int to, bool more)
    {
        const int Ethernet = 14;
        const int Headers = 34;
        const int FragmentHeader = 8;
        byte[] data = Whole[(Headers + from)..(Headers + to)];
        byte[] frame = [.. Whole[..Ethernet], .. new byte[IPv6Header.Length + FragmentHeader], .. data];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(Ethernet - 2), (ushort)EtherType.IPv6);
        _ = new IPv6Header { NextHeader = IpProtocol.Fragment, PayloadLength = FragmentHeader + data.Length, Source = IPv6Address.Parse("2001:db8::1"), Destination = IPv6Address.Parse("2001:db8::2") }.Write(frame.AsSpan(Ethernet));
        Span<byte> header = frame.AsSpan(Ethernet + IPv6Header.Length);
        header[0] = (byte)IpProtocol.Udp;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(from | (more ? 1 : 0)));
        header[7] = 9;
        return frame;
    }

    private static byte[] At(byte[] frame, int offset)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(20), (ushort)(offset / 8));
        return frame;
    }
}
