using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ids;

/// <summary>Reads data 64 bytes at once.</summary>
internal static class VectorData
{
    private static Vector512<byte> Indices => Vector512.CreateSequence<byte>(0, 1);

    /// <summary>The bytes from a position on; zeros behind the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(ReadOnlySpan<byte> data, int at) =>
        data.Length - at >= Vector512<byte>.Count ? Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(data), (nuint)at) : LoadEnd(ref MemoryMarshal.GetReference(data), at, data.Length);

    /// <summary>The same for data that ends within the vector or before it.</summary>
    // A masked load reads nothing where the mask is zero, so it may reach behind the data.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<byte> LoadEnd(ref byte bytes, int at, int length)
    {
        Vector512<byte> mask = Vector512.LessThan(Indices, Vector512.Create((byte)Math.Clamp(length - at, 0, Vector512<byte>.Count)));
        return Avx512BW.MaskLoad((byte*)Unsafe.AsPointer(ref Unsafe.Add(ref bytes, at)), mask, Vector512<byte>.Zero);
    }

    /// <summary>Fetches sixteen words.</summary>
    // Put together from what is known: a vector created of two halves waits for what its register held before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<uint> Gather(uint* words, Vector512<int> at) =>
        Avx512F.InsertVector256(Avx2.GatherVector256(words, at.GetLower(), sizeof(uint)).ToVector512(), Avx2.GatherVector256(words, at.GetUpper(), sizeof(uint)), 1);

    /// <summary>Sixteen bytes from one place on and sixteen from another behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadHalves(ref byte bytes, int at, int distance) =>
        Vector128.LoadUnsafe(ref bytes, (nuint)at).ToVector256().WithUpper(Vector128.LoadUnsafe(ref bytes, (nuint)(at + distance)));

    /// <summary>Which bytes of a vector make sixteen windows of four, each as far behind the one before as the stride says.</summary>
    public static Vector512<byte> Cut(int stride) =>
        Vector512.Create<byte>([.. Enumerable.Range(0, Vector512<byte>.Count).Select(i => (byte)(i / sizeof(uint) * stride + i % sizeof(uint)))]);

    /// <summary>The same for eight windows, four of each half: shuffles stay in their half.</summary>
    public static Vector256<byte> CutInHalves(int stride) => Vector256.Create(Cut(stride).GetLower().GetLower(), Cut(stride).GetLower().GetLower());
}
