using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>Whatever the patterns, the data, the mechanism and the cuts: what is found is what a naive search finds.</summary>
public sealed class PatternSetPropertyTests
{
    private static readonly byte[] Alphabet = [.. "aAbB"u8, 0, 0x20, 0xC9, 0xE9, (byte)'['];

    private static readonly Gen<byte[]> AnyBytes = Gen.Elements(Alphabet).ListOf().Select(bytes => bytes.ToArray());

    // Runs, periods and plain strings; up to lengths at which every mechanism has something to do.
    private static readonly Gen<byte[]> PatternBytes = Gen.OneOf(
        Gen.Elements(Alphabet).NonEmptyListOf().Select(bytes => bytes.ToArray()),
        from value in Gen.Elements(Alphabet) from length in Gen.Choose(1, 9) select Enumerable.Repeat(value, length).ToArray(),
        from before in AnyBytes from length in Gen.Choose(2, 9) from behind in AnyBytes select (byte[])[.. before.Take(3), .. new byte[length], .. behind.Take(3)],
        from length in Gen.Choose(4, 300) select Enumerable.Range(0, length).Select(i => (byte)(i % 2 == 0 ? 'a' : 'b')).ToArray());

    private static readonly Gen<Needle> Needles = from bytes in PatternBytes from noCase in Gen.Elements(true, false) select new Needle(bytes, noCase);

    private static readonly Arbitrary<Case> Cases = Arb.From(
        from needles in Needles.NonEmptyListOf()
        from pieces in Gen.OneOf(AnyBytes, Gen.Elements(needles.ToArray()).Select(needle => needle.Bytes), Gen.Constant("zQ9#"u8.ToArray())).ListOf()
        select new Case([.. needles], [.. pieces.SelectMany(piece => piece)]),
        Shrink);

    public static TheoryData<MatcherKind, int> Mechanisms => new()
    {
        { MatcherKind.None, 512 },
        { MatcherKind.Nibbles, 512 },
        { MatcherKind.Nibbles, 256 },
        { MatcherKind.Nibbles, 0 },
        { MatcherKind.Pairs, 512 },
        { MatcherKind.Pairs, 0 },
        { MatcherKind.Windows, 512 },
        { MatcherKind.Windows, 256 },
        { MatcherKind.Windows, 0 },
        { MatcherKind.Automaton, 512 },
    };

    [Theory]
    [MemberData(nameof(Mechanisms))]
    [Trait(Kind.Key, Kind.Property)]
    public void P1_a_scan_finds_what_a_naive_search_finds(MatcherKind prefer, int bits) =>
        Prop.ForAll(Cases, it =>
        {
            PatternSet set = Needle.Build(it.Needles, new PatternSetOptions { Prefer = prefer, MaxVectorBits = bits });
            Assert.Equal(Needle.Search(set, it.Data), Collector.Scan(set, it.Data));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Mechanisms))]
    [Trait(Kind.Key, Kind.Property)]
    public void P2_a_stream_cut_into_any_pieces_gives_the_matches_of_the_whole(MatcherKind prefer, int bits)
    {
        Gen<int[]> cuts = Gen.Choose(0, 40).ListOf().Select(lengths => lengths.ToArray());
        Prop.ForAll(Cases, Arb.From(cuts), (it, lengths) =>
        {
            PatternSet set = Needle.Build(it.Needles, new PatternSetOptions { Prefer = prefer, MaxVectorBits = bits });
            Assert.Equal(Collector.Scan(set, it.Data), ScanInPieces(set, it.Data, lengths));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(MatcherKind.None, 512)]
    [InlineData(MatcherKind.Pairs, 512)]
    [InlineData(MatcherKind.Windows, 512)]
    [InlineData(MatcherKind.Windows, 256)]
    [InlineData(MatcherKind.Windows, 0)]
    [Trait(Kind.Key, Kind.Property)]
    public void P1_hundreds_of_short_patterns_beside_long_ones(MatcherKind prefer, int bits) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed =>
        {
            var random = new Random(seed);
            Needle[] needles = [.. Enumerable.Range(0, 900).Select(i => new Needle(Text(random, i < 700 ? random.Next(2, 5) : random.Next(5, 9)), random.Next(2) == 0))];
            PatternSet set = Needle.Build(needles, new PatternSetOptions { Prefer = prefer, MaxVectorBits = bits });
            byte[] data = Text(random, random.Next(5) == 0 ? random.Next(500, 700) : random.Next(0, 200));
            Assert.True((set.Kinds & MatcherKind.Triples) != 0);
            Assert.Equal(Needle.Search(set, data), Collector.Scan(set, data));
        }).Check(Chance.Of(15));

    // Nearly every byte is a pattern, some are two, and runs of them are others.
    [Theory]
    [InlineData(512)]
    [InlineData(256)]
    [InlineData(0)]
    [Trait(Kind.Key, Kind.Property)]
    public void P1_single_bytes_alone_and_in_runs(int bits) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed =>
        {
            var random = new Random(seed);
            byte[] letters = [.. "aAbB0z"u8, 0, 0x7F, 0x80, 0xFF, 0xE1];
            Needle[] needles = [.. Enumerable.Range(0, 12).Select(_ => new Needle([.. Enumerable.Repeat(letters[random.Next(letters.Length)], random.Next(3) == 0 ? random.Next(2, 9) : 1)], random.Next(2) == 0))];
            PatternSet set = Needle.Build(needles, new PatternSetOptions { MaxVectorBits = bits });
            byte[] data = new byte[random.Next(0, 200)];
            for (int i = 0; i < data.Length; i++)
            {
                data[i] = i > 0 && random.Next(3) == 0 ? data[i - 1] : letters[random.Next(letters.Length)];
            }

            Assert.Equal(Needle.Search(set, data), Collector.Scan(set, data));
        }).QuickCheckThrowOnFailure();

    // As many strings as give filters one table or many, and data longer than what they look at in one round.
    [Theory]
    [MemberData(nameof(Mechanisms))]
    [Trait(Kind.Key, Kind.Property)]
    public void P1_sets_of_all_sizes_in_data_of_all_lengths(MatcherKind prefer, int bits) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue - 1)), seed =>
        {
            var random = new Random(seed);
            int count = new[] { 3, 60, 150, 400, 1200 }[random.Next(5)];
            Needle[] needles = [.. Enumerable.Range(0, count).Select(_ => new Needle(Text(random, random.Next(3, 16)), random.Next(2) == 0))];
            PatternSet set = Needle.Build(needles, new PatternSetOptions { Prefer = prefer, MaxVectorBits = bits });
            byte[] data = Text(random, new[] { random.Next(0, 70), random.Next(60, 200), random.Next(1000, 1200), random.Next(2000, 2500) }[random.Next(4)]);
            for (int i = 0; i < data.Length / 40; i++)
            {
                byte[] whole = needles[random.Next(count)].Bytes;
                int at = random.Next(data.Length);
                whole.AsSpan(0, Math.Min(whole.Length, data.Length - at)).CopyTo(data.AsSpan(at));
            }

            Assert.Equal(Needle.Search(set, data), Collector.Scan(set, data));
        }).Check(Chance.Of(25));

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P2_every_single_cut_and_byte_by_byte()
    {
        PatternSet set = Needle.Build([new("abcdefgh"u8.ToArray(), true), new([0, 0, 0], false), new("cd"u8.ToArray(), false), new("e"u8.ToArray(), true), new("ghab"u8.ToArray(), false)]);
        byte[] data = [.. "xxABCDefghabcdefghx"u8, 0, 0, 0, 0, 0, .. "cdEghab"u8];
        SortedSet<(int, long)> whole = Collector.Scan(set, data);
        Assert.Equal(Needle.Search(set, data), whole);
        for (int cut = 0; cut <= data.Length; cut++)
        {
            Assert.Equal(whole, ScanInPieces(set, data, [cut]));
        }

        Assert.Equal(whole, ScanInPieces(set, data, [.. Enumerable.Repeat(1, data.Length)]));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Property)]
    public void P2_the_place_of_the_data_in_memory_does_not_matter()
    {
        PatternSet set = Needle.Build([new("needle"u8.ToArray(), false), new("NEEDLE!"u8.ToArray(), true), new("in"u8.ToArray(), false)]);
        byte[] text = [.. "a needle in 40 bytes of hay: Needle! and on to its end, needle"u8];
        SortedSet<(int, long)> expected = Needle.Search(set, text);
        byte[] memory = new byte[text.Length + 80];
        for (int offset = 0; offset < 70; offset++)
        {
            // What lies around the data would match if it were read.
            memory.AsSpan().Fill((byte)'!');
            text.CopyTo(memory.AsSpan(offset));
            Assert.Equal(expected, Collector.Scan(set, memory.AsSpan(offset, text.Length)));
        }
    }

    private static byte[] Text(Random random, int length)
    {
        const string Letters = "etaEio nNs\0\x01/HTP.=";
        return [.. Enumerable.Range(0, length).Select(_ => (byte)Letters[random.Next(Letters.Length)])];
    }

    private static SortedSet<(int, long)> ScanInPieces(PatternSet set, byte[] data, int[] lengths)
    {
        byte[] state = new byte[set.StreamStateBytes];
        set.StartStream(state);
        var collector = new Collector();
        ScanCounters counters = default;
        ReadOnlySpan<byte> rest = data;
        foreach (int length in lengths.Append(int.MaxValue))
        {
            int taken = Math.Min(length, rest.Length);
            Assert.True(set.ScanStream(state, rest[..taken], ref collector, ref counters));
            rest = rest[taken..];
        }

        Assert.Empty(collector.Twice);
        return collector.Found;
    }

    private static IEnumerable<Case> Shrink(Case it) =>
        it.Needles.Length > 1
            ? it.Needles.Select((_, i) => it with { Needles = [.. it.Needles.Where((_, other) => other != i)] }).Concat(ShrinkData(it))
            : ShrinkData(it);

    private static IEnumerable<Case> ShrinkData(Case it)
    {
        for (int length = it.Data.Length / 2; length > 0; length /= 2)
        {
            for (int at = 0; at + length <= it.Data.Length; at += length)
            {
                yield return it with { Data = [.. it.Data[..at], .. it.Data[(at + length)..]] };
            }
        }
    }

    public sealed record Case(Needle[] Needles, byte[] Data)
    {
        public override string ToString() => $"{string.Join(", ", (object[])Needles)} in {Convert.ToHexString(Data)}";
    }
}
