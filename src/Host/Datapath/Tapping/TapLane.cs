using System.Buffers;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Host.Datapath.Tapping;

/// <summary>
/// The way from one worker to one capture: records that are free, and records that are full. The worker never waits and allocates nothing;
/// what finds no room is counted.
/// </summary>
internal sealed class TapLane
{
    private const int SlabBytes = 8 << 20;
    private const int MinRecords = 64;
    private const int MaxRecords = 4096;

    private readonly SpscRing<TapRecord> _free;
    private readonly SpscRing<TapRecord> _full;
    private readonly TapRecord[] _pending;
    private readonly ITapFilter? _filter;
    private byte[]? _slab;
    private int _pendingCount;
    private long _lost;
    private long _lostTold;
    private volatile bool _isClosed;

    /// <param name="recordBytes">Bytes of a frame that are kept.</param>
    /// <param name="filter">Which frames are wanted; null for all.</param>
    public TapLane(int recordBytes, ITapFilter? filter)
    {
        int records = Math.Clamp(SlabBytes / recordBytes, MinRecords, MaxRecords);
        // Megabytes that live for seconds would make the managed heap large for good: the next capture gets the same ones.
        Memory<byte> slab = _slab = ArrayPool<byte>.Shared.Rent(records * recordBytes);
        (_free, _full, _pending, _filter) = (new(records), new(records), new TapRecord[records], filter);
        for (int i = 0; i < records; i++)
        {
            _ = _free.TryAdd(new TapRecord(slab.Slice(i * recordBytes, recordBytes)));
        }
    }

    /// <summary>Frames that found no room so far.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>What is wanted; the worker alone reads it.</summary>
    public TapWish Wish { get; set; }

    /// <summary>Ends the taking of copies. Any thread.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Takes a copy of a frame.</summary>
    /// <returns>The number by which <see cref="FateOf"/> knows it until <see cref="Complete"/>; 0 if there is no copy.</returns>
    public ushort Take(ReadOnlySpan<byte> frame, Timestamp at, TapPoint point, StageId stage, int ingress, string[] ports)
    {
        if (_isClosed || _filter?.Matches(frame) == false)
        {
            return 0;
        }

        if (!_free.TryTake(out TapRecord? record))
        {
            Volatile.Write(ref _lost, _lost + 1);
            return 0;
        }

        record.Set(frame, at, point, stage, ingress, ports, _lost - _lostTold);
        _lostTold = _lost;
        _pending[_pendingCount++] = record;
        return (ushort)_pendingCount;
    }

    /// <summary>What becomes of a frame of which a copy was taken.</summary>
    public ref TapFate FateOf(ushort mark) => ref _pending[mark - 1].Fate;

    /// <summary>Hands over what was taken: nothing more will become of it in this burst.</summary>
    public void Complete()
    {
        for (int i = 0; i < _pendingCount; i++)
        {
            // There are as many places as records.
            _ = _full.TryAdd(_pending[i]);
        }

        _pendingCount = 0;
    }

    /// <summary>Takes the next copy. The capture alone calls it.</summary>
    public bool TryTake(out TapRecord record) => _full.TryTake(out record!);

    /// <summary>Gives the memory of all records back. Nobody takes copies or reads them any more; once.</summary>
    public void Recycle()
    {
        if (Interlocked.Exchange(ref _slab, null) is byte[] slab)
        {
            ArrayPool<byte>.Shared.Return(slab);
        }
    }

    /// <summary>Gives a record back that is written. The capture alone calls it.</summary>
    public void Return(TapRecord record) => _ = _free.TryAdd(record);
}
