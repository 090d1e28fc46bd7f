using Weft.Conformance.Support;
using Weft.Fuzz.Targets;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

public sealed class ViewTests
{
    [Theory]
    [Trait(Kind.Key, Kind.Corpus)]
    [MemberData(nameof(FrameVector.Sentences), MemberType = typeof(FrameVector))]
    public void Views_read_from_a_frame_of_scapy_what_tshark_reads(string sentence)
    {
        FrameVector vector = FrameVector.Named(sentence);
        Dictionary<string, string> ours = FrameReader.Read(vector.Frame);
        foreach ((string field, string expected) in vector.Fields)
        {
            Assert.True(ours.TryGetValue(field, out string? actual), $"{field} was not found");
            Assert.True(actual == expected, $"{field} is {actual}, tshark says {expected}");
        }
    }

    [Theory]
    [Trait(Kind.Key, Kind.Hostile)]
    [MemberData(nameof(FrameVector.Sentences), MemberType = typeof(FrameVector))]
    public void No_truncation_and_no_bit_flip_of_a_frame_makes_a_view_fault(string sentence)
    {
        byte[] frame = FrameVector.Named(sentence).Frame;
        for (int length = 0; length < frame.Length; length++)
        {
            ReadEverything(frame.AsSpan(0, length).ToArray());
        }

        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            ReadEverything(frame);
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Random_bytes_behind_every_header_make_no_view_fault()
    {
        Random random = new(11);
        foreach (FrameVector vector in FrameVector.All)
        {
            for (int round = 0; round < 100; round++)
            {
                byte[] frame = (byte[])vector.Frame.Clone();
                random.NextBytes(frame.AsSpan(random.Next(frame.Length)));
                ReadEverything(frame);
            }
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Random_bytes_make_no_view_fault()
    {
        Random random = new(12);
        byte[] bytes = new byte[96];
        for (int round = 0; round < 200_000; round++)
        {
            Span<byte> cut = bytes.AsSpan(0, random.Next(bytes.Length + 1));
            random.NextBytes(cut);
            Touch.EveryView(cut);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Views_layouts_and_keys_allocate_nothing()
    {
        byte[][] frames = [.. FrameVector.All.Select(vector => vector.Frame)];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int round = 0; round < 100; round++)
            {
                foreach (byte[] frame in frames)
                {
                    Touch.EveryView(frame);
                    _ = PacketLayout.TryParse(frame, out PacketLayout layout);
                    Touch.EveryView(frame.AsSpan(layout.L3Offset));
                    Touch.EveryView(frame.AsSpan(layout.L4Offset));
                    Touch.EveryView(frame.AsSpan(layout.PayloadOffset));
                    _ = FlowKey4.TryRead(frame, in layout, out _);
                    _ = FlowKey6.TryRead(frame, in layout, out _);
                    _ = InternetChecksum.Compute(frame);
                }
            }
        }));
    }

    private static void ReadEverything(byte[] frame)
    {
        _ = FrameReader.Read(frame);
        if (PacketLayout.TryParse(frame, out PacketLayout layout))
        {
            AssertWithin(frame, in layout);
            _ = FlowKey4.TryRead(frame, in layout, out _);
            _ = FlowKey6.TryRead(frame, in layout, out _);
        }

        _ = PacketLayout.TryParseNetwork(frame, EtherType.IPv4, out _);
        _ = PacketLayout.TryParseNetwork(frame, EtherType.IPv6, out _);
        Touch.EveryView(frame);
    }

    private static void AssertWithin(byte[] frame, in PacketLayout layout)
    {
        bool ordered = layout.L2Offset <= layout.L3Offset
            && layout.L3Offset <= layout.L4Offset
            && layout.L4Offset <= layout.PayloadOffset
            && layout.PayloadOffset <= frame.Length
            && layout.EndOffset <= frame.Length
            && (layout.Error != LayoutError.None || layout.PayloadOffset <= layout.EndOffset);
        Assert.True(ordered, $"{Convert.ToHexString(frame)}: offsets out of order");
    }
}
