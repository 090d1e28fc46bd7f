using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Conformance.IdsTests;

/// <summary>Hyperscan or Vectorscan: many strings at once, every match reported.</summary>
public sealed unsafe class Hyperscan : IDisposable
{
    private const uint Caseless = 1;
    private const uint DotAll = 2;
    private const uint BlockMode = 1;

    private static readonly nint Library = NativeLibrary.TryLoad("libhs.so.5", out nint library) ? library : 0;

    private readonly nint _database;
    private readonly nint _scratch;

    public Hyperscan(IReadOnlyList<Needle> needles)
    {
        // Its interface for plain strings takes a NUL for their end; expressions with escapes do not.
        nint[] texts = [.. needles.Select(needle => Marshal.StringToHGlobalAnsi(string.Concat(needle.Bytes.Select(value => $"\\x{value:x2}"))))];
        uint[] flags = [.. needles.Select(needle => DotAll | (needle.NoCase ? Caseless : 0))];
        uint[] numbers = [.. Enumerable.Range(0, needles.Count).Select(number => (uint)number)];
        nint database = 0;
        nint scratch = 0;
        nint error = 0;
        fixed (nint* text = texts)
        fixed (uint* flag = flags, number = numbers)
        {
            int compiled = ((delegate* unmanaged<nint*, uint*, uint*, uint, uint, nint, nint*, nint*, int>)Export("hs_compile_multi"))(text, flag, number, (uint)needles.Count, BlockMode, 0, &database, &error);
            Assert.Equal(0, compiled);
        }

        Assert.Equal(0, ((delegate* unmanaged<nint, nint*, int>)Export("hs_alloc_scratch"))(database, &scratch));
        (_database, _scratch) = (database, scratch);
        Array.ForEach(texts, Marshal.FreeHGlobal);
    }

    /// <summary>Skips the running test if the library is not there.</summary>
    public static void Need() => Assert.SkipWhen(Library == 0, "libhs.so.5 is not there");

    /// <summary>Number of matches, and a sum over them that tells sets of matches apart.</summary>
    public MatchSum Scan(byte[] data)
    {
        MatchSum sum = default;
        fixed (byte* first = data)
        {
            Assert.Equal(0, ((delegate* unmanaged<nint, byte*, uint, uint, nint, delegate* unmanaged<uint, ulong, ulong, uint, MatchSum*, int>, MatchSum*, int>)Export("hs_scan"))(_database, first, (uint)data.Length, 0, _scratch, &OnMatch, &sum));
        }

        return sum;
    }

    public void Dispose()
    {
        _ = ((delegate* unmanaged<nint, int>)Export("hs_free_scratch"))(_scratch);
        _ = ((delegate* unmanaged<nint, int>)Export("hs_free_database"))(_database);
    }

    private static nint Export(string name) => NativeLibrary.GetExport(Library, name);

    [UnmanagedCallersOnly]
    private static int OnMatch(uint id, ulong from, ulong to, uint flags, MatchSum* sum)
    {
        sum->Add((int)id, (long)to);
        return 0;
    }
}
