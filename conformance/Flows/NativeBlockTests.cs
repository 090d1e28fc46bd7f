using Weft.Conformance.Support;
using Weft.Flows.Tables;

namespace Weft.Conformance.FlowsTests;

/// <summary>Memory of tables: given back to the system, not to an allocator that keeps it.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed unsafe class NativeBlockTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(1, 64)]
    [InlineData(64, 64)]
    [InlineData(65, 128)]
    [InlineData((2 * MiB) - 64, (2 * MiB) - 64)]
    [InlineData(2 * MiB, 2 * MiB)]
    [InlineData((2 * MiB) + 1, 4 * MiB)]
    [InlineData(12 * MiB, 12 * MiB)]
    public void A_block_is_aligned_for_its_size_and_zero_from_its_first_octet_to_its_last(int asked, int got)
    {
        using var block = new NativeBlock((nuint)asked, hugePages: asked > 4 * MiB);

        Assert.Equal((nuint)got, block.Bytes);
        Assert.Equal((nuint)0, (nuint)block.Start % (nuint)(asked >= 2 * MiB ? 2 * MiB : 64));
        Assert.False(new ReadOnlySpan<byte>(block.Start, got).ContainsAnyExcept((byte)0));
        new Span<byte>(block.Start, got).Fill(0xFF);
    }

    [Theory]
    [InlineData(2 * MiB)]
    [InlineData(12 * MiB)]
    public void A_large_block_that_is_disposed_is_nowhere_in_the_process_whatever_was_freed_before(int bytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks /proc what is mapped");
        new NativeBlock(24 * MiB, hugePages: false).Dispose();
        var blocks = Enumerable.Range(0, 8).Select(_ => new NativeBlock((nuint)bytes, hugePages: true)).ToArray();
        (nuint Start, nuint End)[] places = [.. blocks.Select(block => ((nuint)block.Start, (nuint)block.Start + block.Bytes))];
        Assert.All(places, place => Assert.True(IsResident(place.Start, place.End), "a block is touched when it is made"));

        Array.ForEach(blocks, block => block.Dispose());

        Assert.All(blocks, block => Assert.True(block.Start is null));
        Assert.All(places, place => Assert.False(IsResident(place.Start, place.End), "the pages are still there"));
    }

    [Fact]
    public void Disposing_twice_frees_once()
    {
        var block = new NativeBlock(4 * MiB, hugePages: false);
        block.Dispose();
        block.Dispose();
        Assert.True(block.Start is null);
    }

    /// <summary>Whether all pages between the two are in memory. Another thread may have mapped something else there meanwhile, but nothing of which all was touched.</summary>
    private static bool IsResident(nuint start, nuint end)
    {
        using FileStream pages = File.OpenRead("/proc/self/pagemap");
        var words = new byte[(int)((end - start) / (nuint)Environment.SystemPageSize) * sizeof(ulong)];
        pages.Position = (long)(start / (nuint)Environment.SystemPageSize) * sizeof(ulong);
        pages.ReadExactly(words);
        const ulong Present = 3UL << 62; // in memory or in swap: Documentation/admin-guide/mm/pagemap.rst
        for (int word = 0; word < words.Length; word += sizeof(ulong))
        {
            if ((BitConverter.ToUInt64(words, word) & Present) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
