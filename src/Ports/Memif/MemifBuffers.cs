using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Weft.Ports.Memif;

/// <summary>Finds the buffers of a ring. Who made the memory knows where each slot's is, and reads no place from a ring; the other side believes no place that it reads.</summary>
internal sealed unsafe class MemifBuffers
{
    private readonly IReadOnlyList<MemifMemory> _regions;
    private readonly uint _first;

    /// <summary>Buffers of the peer, in regions that it has named.</summary>
    public MemifBuffers(IReadOnlyList<MemifMemory> regions) => _regions = regions;

    /// <summary>Buffers of one's own: one a slot, side by side.</summary>
    public MemifBuffers(MemifMemory own, uint first, int slots, int bytes) => (_regions, _first, Slots, Bytes, IsOwn) = ([own], first, slots, bytes, true);

    public bool IsOwn { get; }

    /// <summary>Of one's own: how many, and how long each.</summary>
    public int Slots { get; }

    public int Bytes { get; }

    /// <summary>The bytes that a descriptor means.</summary>
    /// <param name="index">Its place in the ring.</param>
    /// <param name="descriptor">A copy of it that nobody changes any more.</param>
    /// <param name="length">How many are wanted.</param>
    /// <param name="bytes">Where they are.</param>
    /// <returns>False if it means none.</returns>
    public bool TryFind(ushort index, in MemifRing.Descriptor descriptor, uint length, out Span<byte> bytes)
    {
        bytes = default;
        if (IsOwn)
        {
            if (length > Bytes)
            {
                return false;
            }

            bytes = new Span<byte>(_regions[0].Start + _first + (nint)(index & (Slots - 1)) * Bytes, (int)length);
            return true;
        }

        if (descriptor.Region >= _regions.Count || length > int.MaxValue || !_regions[descriptor.Region].Contains(descriptor.Offset, length))
        {
            return false;
        }

        bytes = new Span<byte>(_regions[descriptor.Region].Start + descriptor.Offset, (int)length);
        return true;
    }

    /// <summary>Brings the beginning of a buffer near that a frame will be read from, or written to, soon: the other process had it last.</summary>
    public void Prefetch(ushort index, in MemifRing.Descriptor descriptor)
    {
        if (Sse.IsSupported && TryFind(index, descriptor, length: 1, out Span<byte> bytes))
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref bytes[0]));
        }
    }

    /// <summary>A descriptor of one's own buffer.</summary>
    public MemifRing.Descriptor Own(ushort index, int length) => new() { Length = (uint)length, Offset = _first + (uint)((index & (Slots - 1)) * Bytes) };
}
