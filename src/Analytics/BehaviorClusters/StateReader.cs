using System.Runtime.InteropServices;

namespace Weft.Analytics;

/// <summary>Reads what a <see cref="StateWriter"/> wrote. The caller has checked length and checksum.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public T Read<T>()
        where T : unmanaged
    {
        T value = MemoryMarshal.Read<T>(_rest);
        _rest = _rest[System.Runtime.CompilerServices.Unsafe.SizeOf<T>()..];
        return value;
    }

    public void Read<T>(Span<T> values)
        where T : unmanaged
    {
        Span<byte> target = MemoryMarshal.AsBytes(values);
        _rest[..target.Length].CopyTo(target);
        _rest = _rest[target.Length..];
    }
}
