using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.HostileTests;

/// <summary>Cut, flipped and random bytes at every entry of the libraries; the whole switch has its own such tests.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class HostileBytesTests
{
    // Chance is only in the choice of bits: a failure prints the seed and the bytes, and the seed makes the same run again.
    private const int Seed = 20261121;
    private const int FlipsPerFrame = 400;
    private const int RandomFrames = 30_000;

    public static TheoryData<string> All => Corpus.Names;

    [Theory]
    [MemberData(nameof(All))]
    public void Every_kind_of_frame_of_a_capture_is_survived_at_every_length(string name)
    {
        foreach (CorpusFrame frame in Kinds(Corpus.Captures[name]))
        {
            using var entries = new EveryEntry(frame.Data);
            for (int length = 0; length <= frame.Data.Length; length++)
            {
                Offer(entries, frame.Data.AsSpan(0, length), $"{name}, frame {frame.Number}, cut at {length}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_kind_of_frame_of_a_capture_is_survived_with_flipped_bits(string name)
    {
        var random = new Random(Seed);
        foreach (CorpusFrame frame in Kinds(Corpus.Captures[name]))
        {
            using var entries = new EveryEntry(frame.Data);
            for (int round = 0; round < FlipsPerFrame; round++)
            {
                byte[] hurt = [.. frame.Data];
                for (int flips = 1 << random.Next(4); flips > 0; flips--)
                {
                    // Headers are in front: half of the flips go there.
                    int at = random.Next(random.Next(2) == 0 ? Math.Min(hurt.Length, 128) : hurt.Length);
                    hurt[at] ^= (byte)(1 << random.Next(8));
                }

                Offer(entries, hurt, $"{name}, frame {frame.Number}, round {round} of seed {Seed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Random_bytes_behind_every_offset_of_a_frame_are_survived(string name)
    {
        var random = new Random(Seed);
        foreach (CorpusFrame frame in Kinds(Corpus.Captures[name]))
        {
            using var entries = new EveryEntry(frame.Data);
            for (int at = 12; at < Math.Min(frame.Data.Length, 160); at++)
            {
                byte[] hurt = [.. frame.Data];
                random.NextBytes(hurt.AsSpan(at));
                Offer(entries, hurt, $"{name}, frame {frame.Number}, random from {at} of seed {Seed}");
            }
        }
    }

    [Fact]
    public void Random_bytes_are_survived()
    {
        var random = new Random(Seed);
        EtherType[] types = [EtherType.IPv4, EtherType.IPv6, EtherType.Arp, EtherType.VlanTag, EtherType.ServiceVlanTag, EtherType.Nsh];
        using var entries = new EveryEntry([]);
        for (int round = 0; round < RandomFrames; round++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            if (bytes.Length > 15 && round % 2 == 0)
            {
                int type = (int)types[random.Next(types.Length)];
                (bytes[12], bytes[13]) = ((byte)(type >> 8), (byte)type);
            }

            Offer(entries, bytes, $"round {round} of seed {Seed}");
        }
    }

    [Fact]
    public void A_failure_names_the_seed_and_shows_the_bytes()
    {
        var report = Assert.Throws<InvalidOperationException>(() => Offer(null!, [0xAB, 0xCD], $"round 3 of seed {Seed}"));
        Assert.Contains($"round 3 of seed {Seed}", report.Message, StringComparison.Ordinal);
        Assert.Contains("ABCD", report.Message, StringComparison.Ordinal);
    }

    private static void Offer(EveryEntry entries, ReadOnlySpan<byte> bytes, string what)
    {
        try
        {
            entries.Offer(bytes);
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"{what}: {fault.GetType().Name}: {fault.Message}\n{Convert.ToHexString(bytes)}", fault);
        }
    }

    /// <summary>The frames that differ in their headers' places: a hundred data segments of one connection teach no more than one.</summary>
    private static IEnumerable<CorpusFrame> Kinds(CorpusCapture capture) => capture.Frames.DistinctBy(frame =>
    {
        _ = PacketLayout.TryParse(frame.Data, out PacketLayout layout);
        return (layout.L3Offset, layout.L4Offset, layout.PayloadOffset, layout.EtherType, layout.Protocol, layout.Flags, frame.Data.Length);
    });
}
