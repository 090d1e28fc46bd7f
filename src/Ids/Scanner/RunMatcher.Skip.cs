using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Ids;

/// <content>Passes over what has no run: nearly all of it.</content>
internal sealed partial class RunMatcher
{
    // Bits behind a vector are taken for set: whoever looks closer sees.
    private const ulong OneBehind = 1UL << 63;
    private const ulong TwoBehind = 3UL << 62;
    private const ulong ThreeBehind = 7UL << 61;

    /// <summary>Goes on to the next vector in which a run could begin, or to the last one.</summary>
    private int Skip(ReadOnlySpan<byte> data, int at) =>
        _fewValues is (byte first, byte second) ? SkipOthers(data, at, first, second) : SkipDifferent(data, at);

    /// <summary>For runs of one or two bytes: looks for these.</summary>
    private int SkipOthers(ReadOnlySpan<byte> data, int at, byte first, byte second)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        int last = data.Length - Vector512<byte>.Count;
        var one = Vector512.Create(first);
        var other = Vector512.Create(second);
        ulong third = _tested > 2 ? TwoBehind : ulong.MaxValue;
        ulong fourth = _tested > 3 ? ThreeBehind : ulong.MaxValue;
        for (; at <= last; at += Vector512<byte>.Count)
        {
            var x = Vector512.LoadUnsafe(ref bytes, (nuint)at);
            ulong equal = Vector512.Equals(x, one).ExtractMostSignificantBits() | Vector512.Equals(x, other).ExtractMostSignificantBits();
            if ((equal & (equal >> 1 | OneBehind) & (equal >> 2 | third) & (equal >> 3 | fourth)) != 0)
            {
                break;
            }
        }

        return at;
    }

    /// <summary>For runs of many bytes: looks for neighbours that are equal.</summary>
    private int SkipDifferent(ReadOnlySpan<byte> data, int at)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        int last = data.Length - (Vector512<byte>.Count + 1);
        ulong third = _tested > 2 ? OneBehind : ulong.MaxValue;
        ulong fourth = _tested > 3 ? TwoBehind : ulong.MaxValue;
        for (; at <= last; at += Vector512<byte>.Count)
        {
            ulong equal = Vector512.Equals(Vector512.LoadUnsafe(ref bytes, (nuint)at), Vector512.LoadUnsafe(ref bytes, (nuint)at + 1)).ExtractMostSignificantBits();
            if ((equal & (equal >> 1 | third) & (equal >> 2 | fourth)) != 0)
            {
                break;
            }
        }

        return at;
    }
}
