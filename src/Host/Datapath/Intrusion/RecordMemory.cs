using System.Numerics;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Where a record is.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes; 0 if there is none.</param>
/// <param name="End">What is free again once it has been read.</param>
internal readonly record struct RecordPlace(int Offset, int Length, long End);

/// <summary>
/// Memory for records of any length that one thread writes and another reads and gives back in the same order. It goes round: what is given
/// back is written again. Which records there are travels beside it, in a queue that orders what either thread sees.
/// </summary>
internal sealed class RecordMemory
{
    private readonly byte[] _bytes;
    private long _written;
    private long _freed;

    /// <param name="capacity">Bytes, rounded up to a power of two; 0 for no memory.</param>
    public RecordMemory(int capacity) => _bytes = capacity == 0 ? [] : new byte[BitOperations.RoundUpToPowerOf2((uint)capacity)];

    /// <summary>Finds room for a record, which lies in one piece. The writing thread alone may call it.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryReserve(int length, out RecordPlace place, out Span<byte> bytes)
    {
        int offset = (int)(_written & (_bytes.Length - 1));
        // What is left behind the last record is passed over if the next one is longer.
        int passed = length > _bytes.Length - offset ? _bytes.Length - offset : 0;
        long end = _written + passed + length;
        if (length > _bytes.Length || end - Volatile.Read(ref _freed) > _bytes.Length)
        {
            place = default;
            bytes = default;
            return false;
        }

        offset = passed == 0 ? offset : 0;
        place = new RecordPlace(offset, length, end);
        bytes = _bytes.AsSpan(offset, length);
        return true;
    }

    /// <summary>Takes a place that was reserved into use. The writing thread alone may call it.</summary>
    public void Keep(in RecordPlace place) => _written = place.Length > 0 ? place.End : _written;

    /// <summary>What was written there. The reading thread alone may call it.</summary>
    public ReadOnlySpan<byte> Read(scoped in RecordPlace place) => _bytes.AsSpan(place.Offset, place.Length);

    /// <summary>Gives a place back, and all before it. The reading thread alone may call it.</summary>
    public void Free(in RecordPlace place)
    {
        if (place.Length > 0)
        {
            Volatile.Write(ref _freed, place.End);
        }
    }
}
