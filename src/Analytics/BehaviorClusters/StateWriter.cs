using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>Writes state into a span, in this machine's byte order.</summary>
internal ref struct StateWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    public int Length { get; private set; }

    public void Write<T>(T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(_bytes[Length..], in value);
        Length += System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
    }

    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        ReadOnlySpan<byte> source = MemoryMarshal.AsBytes(values);
        source.CopyTo(_bytes[Length..]);
        Length += source.Length;
    }
}
