using Weft.Packets;

namespace Weft.Ports;

/// <summary>One direction of a <see cref="MemoryLink"/>: frames under way in a heap by arrival, the bytes in a pool of its own.</summary>
internal sealed class MemoryLane : IDisposable
{
    private readonly PriorityQueue<Packet, (long Due, long Sequence)> _underWay;
    private readonly PacketPool _frames;
    private readonly MemoryLinkOptions _options;
    private readonly Random _random;
    private long _sequence;
    private long _lastDue = long.MinValue;
    private long _busyUntil = long.MinValue;
    private MemoryLinkCounters _counters;

    public MemoryLane(MemoryLinkOptions options, Random random)
    {
        _options = options;
        _random = random;
        // One more than the queue, for the second copy of a frame that takes the last place.
        _underWay = new PriorityQueue<Packet, (long, long)>(options.QueueFrames + 1);
        _frames = new PacketPool(new PacketPoolOptions { Buffers = options.QueueFrames + 1, BufferBytes = Math.Max(256, options.MaxFrameBytes), HeadroomBytes = 0 });
    }

    public ref readonly MemoryLinkCounters Counters => ref _counters;

    public bool IsFull => _underWay.Count >= _options.QueueFrames;

    public bool IsEmpty => _underWay.Count == 0;

    /// <summary>True when the sender said that nothing more will come.</summary>
    public bool IsComplete { get; set; }

    public Timestamp NextArrival => _underWay.TryPeek(out _, out (long Due, long) first) ? new Timestamp(first.Due) : Timestamp.MaxValue;

    /// <summary>Takes a frame that is not longer than allowed, into a lane that is not full.</summary>
    public void Enter(ReadOnlySpan<byte> frame, Timestamp now)
    {
        long sent = Serialise(frame.Length, now.Nanoseconds);
        if (Happens(_options.Loss))
        {
            _counters.Lost++;
            return;
        }

        long due = sent + Nanoseconds(_options.Delay);
        if (_options.Jitter > TimeSpan.Zero)
        {
            due += _random.NextInt64(Nanoseconds(_options.Jitter) + 1);
        }

        due = Math.Max(due, _lastDue);
        if (Happens(_options.Reordering))
        {
            // Not remembered as the last arrival: the frames behind it are free to overtake.
            _counters.Reordered++;
            due += Nanoseconds(_options.ReorderDelay);
        }
        else
        {
            _lastDue = due;
        }

        Packet stored = Store(frame, due);
        if (frame.Length > 0 && Happens(_options.Corruption))
        {
            _counters.Corrupted++;
            Span<byte> bytes = _frames.Bytes(stored);
            int bit = _random.Next(bytes.Length * 8);
            bytes[bit >> 3] ^= (byte)(1 << (bit & 7));
        }

        if (Happens(_options.Duplication))
        {
            _counters.Duplicated++;
            Store(frame, due);
        }
    }

    /// <summary>The next frame that has arrived by <paramref name="now"/>; good until <see cref="Leave"/>.</summary>
    public bool TryPeek(Timestamp now, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (!_underWay.TryPeek(out Packet packet, out (long Due, long) first) || first.Due > now.Nanoseconds)
        {
            return false;
        }

        frame = _frames.Bytes(packet);
        return true;
    }

    /// <summary>Forgets the frame that <see cref="TryPeek"/> showed.</summary>
    public void Leave() => _frames.Return(_underWay.Dequeue());

    public void LoseAll()
    {
        while (_underWay.TryDequeue(out Packet packet, out _))
        {
            _frames.Return(packet);
            _counters.Lost++;
        }
    }

    public void Dispose() => _frames.Dispose();

    private Packet Store(ReadOnlySpan<byte> frame, long due)
    {
        _ = _frames.TryRent(out Packet packet);
        _ = _frames.TrySetLength(ref packet, frame.Length);
        frame.CopyTo(_frames.Bytes(packet));
        _underWay.Enqueue(packet, (due, _sequence++));
        return packet;
    }

    /// <summary>When the last bit of a frame is on the cable, if it starts now or behind the one before.</summary>
    private long Serialise(int bytes, long now)
    {
        if (_options.BitsPerSecond == 0)
        {
            return now;
        }

        _busyUntil = Math.Max(now, _busyUntil) + (long)Math.Ceiling(bytes * 8e9 / _options.BitsPerSecond);
        return _busyUntil;
    }

    private bool Happens(double probability) => probability > 0 && _random.NextDouble() < probability;

    private static long Nanoseconds(TimeSpan span) => span.Ticks * Timestamp.NanosecondsPerTick;
}
