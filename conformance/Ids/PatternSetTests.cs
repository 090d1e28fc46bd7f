using System.Runtime.Intrinsics.X86;
using System.Text;
using Weft.Conformance.Support;
using Weft.Ids;

namespace Weft.Conformance.IdsTests;

/// <summary>The scanner in single examples: numbers, limits, hostile patterns and data, and what it costs.</summary>
public sealed class PatternSetTests
{
    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Equal_patterns_are_one_and_letters_without_case_are_equal()
    {
        var builder = new PatternSetBuilder();
        Assert.Equal(0, builder.Add("Host"u8, PatternFlags.NoCase));
        Assert.Equal(1, builder.Add("Host"u8));
        Assert.Equal(0, builder.Add("hOST"u8, PatternFlags.NoCase));
        Assert.Equal(2, builder.Build().Count);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void Small_sets_get_tables_large_ones_windows_and_runs_their_own()
    {
        var narrow = new PatternSetOptions { MaxVectorBits = 256 };
        Assert.Equal(MatcherKind.Nibbles, Needle.Build([new("pattern"u8.ToArray(), false)], narrow).Kinds);
        Assert.Equal(MatcherKind.Windows, Needle.Build(Numbered(500), narrow).Kinds);
        Assert.Equal(MatcherKind.Runs | MatcherKind.Nibbles, Needle.Build([new([0], false), new([0, 0, 0, 0], false), new([1, 2], false)], narrow).Kinds);
        bool hasPairs = Avx512Vbmi.IsSupported && Gfni.V512.IsSupported;
        Assert.Equal(hasPairs ? MatcherKind.Pairs : MatcherKind.Windows, Needle.Build(Numbered(500)).Kinds);
        Assert.Equal(MatcherKind.Windows, Needle.Build(Numbered(5000)).Kinds);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_lazy_pattern_is_found_when_asked_for_and_not_by_scans()
    {
        var builder = new PatternSetBuilder();
        int lazy = builder.Add("Ab"u8, PatternFlags.Lazy | PatternFlags.NoCase);
        PatternSet set = builder.Build();
        Assert.Empty(Collector.Scan(set, "xxaBxx"u8));
        Assert.Equal(2, set.IndexOf(lazy, "xxaBxx"u8));
        Assert.Equal(-1, set.IndexOf(lazy, "xxaxBx"u8));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Model)]
    public void A_sink_ends_the_scan_and_a_stream_goes_on_behind_it()
    {
        PatternSet set = Needle.Build([new("stop"u8.ToArray(), false)]);
        var once = new StopAtFirst();
        Assert.False(set.Scan("stop and stop"u8, ref once));
        Assert.Equal(1, once.Calls);
        byte[] state = new byte[set.StreamStateBytes];
        set.StartStream(state);
        ScanCounters counters = default;
        Assert.False(set.ScanStream(state, "stop stop st"u8, ref once, ref counters));
        Assert.False(set.ScanStream(state, "op"u8, ref once, ref counters));
        Assert.Equal(14, once.LastEnd);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Empty_too_long_and_nothing_at_all()
    {
        var builder = new PatternSetBuilder();
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Add([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Add(new byte[65_536]));
        Assert.Empty(Collector.Scan(builder.Build(), "anything"u8));
        byte[] longest = new byte[65_535];
        new Random(1).NextBytes(longest);
        builder.Add(longest);
        Assert.Equal([(0, 65_538L)], Collector.Scan(builder.Build(), [.. "abc"u8, .. longest]));
        Assert.Throws<ArgumentException>(() => builder.Build().StartStream(new byte[100]));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData((int)'A')]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_one_byte_is_reported_as_intervals(int value)
    {
        PatternSet set = Needle.Build([.. Enumerable.Range(1, 500).Select(length => new Needle([.. Enumerable.Repeat((byte)value, length)], false)), .. Numbered(1000)]);
        byte[] flood = new byte[65_536];
        flood.AsSpan().Fill((byte)value);
        ScanCounters counters = default;
        var sink = new CountingSink();
        set.Scan(flood, ref sink, ref counters);
        Assert.Equal(500, counters.Matches);
        Assert.Equal(0, counters.Comparisons);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Thousands_of_patterns_with_one_window_cost_steps_in_proportion_to_the_data()
    {
        // All windows of all patterns are the same, so that a table of windows alone would compare thousands of patterns.
        PatternSet set = Needle.Build(Enumerable.Range(1, 3000).Select(i => new Needle([.. Enumerable.Repeat("ab"u8.ToArray(), 4 + i).SelectMany(x => x), (byte)'a'], i % 2 == 0)));
        Assert.True((set.Kinds & MatcherKind.Automaton) != 0);
        foreach (int length in (int[])[1 << 12, 1 << 16])
        {
            byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)"ab"[i % 2])];
            data[^1] = (byte)'!';
            ScanCounters counters = default;
            var sink = new CountingSink();
            set.Scan(data, ref sink, ref counters);
            Assert.True(counters.Transitions <= 4 * length, $"{counters.Transitions} transitions for {length} bytes");
            Assert.True(counters.Comparisons <= 16 * length, $"{counters.Comparisons} comparisons for {length} bytes");
        }
    }

    [Theory]
    [InlineData(MatcherKind.Pairs)]
    [InlineData(MatcherKind.Windows)]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Data_made_of_nothing_but_windows_is_bounded_by_sixteen_comparisons_a_position(MatcherKind prefer)
    {
        // What is wrong lies in the middle, where neither a window nor what is checked first can be.
        Needle[] needles = [.. Enumerable.Range(0, 2000).Select(i => new Needle(Encoding.ASCII.GetBytes($"word{i}-in the middle of a Pattern"), i % 3 == 0))];
        PatternSet set = Needle.Build(needles, new PatternSetOptions { Prefer = prefer });
        byte[] data = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => $"word{i}-in the muddle of a Pattern")));
        ScanCounters counters = default;
        var sink = new CountingSink();
        set.Scan(data, ref sink, ref counters);
        Assert.InRange(counters.Comparisons, 1, 16L * data.Length);
        Assert.Equal(Needle.Search(set, data.AsSpan(0, 600)), Collector.Scan(set, data.AsSpan(0, 600)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Patterns_chosen_to_share_a_bucket_of_the_table_do_not_pile_up()
    {
        // Windows whose hash, a product with an odd number, has the same upper bits: they come from the inverse of that number.
        const uint Inverse = 0x0E8B_2F51;
        Needle[] needles = [.. Enumerable.Range(0, 1 << 20).Select(i => (uint)i * Inverse)
            .Where(window => (window & 0x4040_4040) == 0).Take(1000).Select(window => new Needle(BitConverter.GetBytes(window), false))];
        Assert.Equal(1000, needles.Length);
        Assert.Equal(1u, unchecked(Inverse * 0x9E37_79B1));
        PatternSet set = Needle.Build(needles, new PatternSetOptions { Prefer = MatcherKind.Pairs });
        Assert.True((set.Kinds & MatcherKind.Automaton) != 0);
        byte[] data = [.. needles.SelectMany(needle => needle.Bytes)];
        ScanCounters counters = default;
        var sink = new CountingSink();
        set.Scan(data, ref sink, ref counters);
        Assert.InRange(counters.Comparisons, 0, 16L * data.Length);
        Assert.InRange(sink.Calls, 1000, long.MaxValue);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(2000)]
    [InlineData(3000)]
    [Trait(Kind.Key, Kind.Alloc)]
    public void A_scan_allocates_nothing(int count)
    {
        IEnumerable<Needle> triples = Enumerable.Range(0, count / 5).Select(i => new Needle([(byte)'p', (byte)(i >> 8), (byte)i], false));
        PatternSet set = Needle.Build([.. Numbered(count), .. triples, new([0, 0, 0, 0], false), new("xy"u8.ToArray(), true), new("w"u8.ToArray(), false)]);
        Assert.Equal(count == 3000, (set.Kinds & MatcherKind.Triples) != 0);
        byte[] data = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"word{i}-pattern {i * 7}xy\0\0\0\0\0")));
        byte[] state = new byte[set.StreamStateBytes];
        set.StartStream(state);
        Assert.Equal(0, Allocations.Of(() =>
        {
            var sink = new CountingSink();
            ScanCounters counters = default;
            for (int i = 0; i < 100; i++)
            {
                set.Scan(data, ref sink, ref counters);
                set.ScanStream(state, data, ref sink, ref counters);
            }
        }));
    }

    private static IEnumerable<Needle> Numbered(int count) => Enumerable.Range(0, count).Select(i => new Needle(Encoding.ASCII.GetBytes($"word{i}-Pattern"), i % 3 == 0));

    private struct StopAtFirst : IMatchSink
    {
        public int Calls;
        public long LastEnd;

        public bool OnMatch(int pattern, long end)
        {
            Calls++;
            LastEnd = end;
            return false;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd) => OnMatch(pattern, firstEnd);
    }

    private struct CountingSink : IMatchSink
    {
        public long Calls;

        public bool OnMatch(int pattern, long end)
        {
            Calls++;
            return true;
        }

        public bool OnRun(int pattern, long firstEnd, long lastEnd) => OnMatch(pattern, lastEnd);
    }
}
