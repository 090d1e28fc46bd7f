using System.Numerics;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// The eight queues of a port and the order in which they are emptied: strict queues from the highest number down, then the weighted ones by deficit
/// round robin (Shreedhar and Varghese, SIGCOMM 1995), which are the transmission selection algorithms of IEEE 802.1Q 8.6.8; all of it behind one
/// shaper, if there is one.
/// </summary>
/// <remarks>
/// It holds numbers that mean frames to the caller. Adding and taking cost the same however many wait: a weighted queue gets at least the longest frame
/// a round, so at most one round of eight is walked. While two weighted queues are never empty, what each got divided by its weight differs by less
/// than three quanta of the lightest. One thread at a time; nothing is allocated after construction.
/// </remarks>
public sealed class EgressScheduler
{
    private readonly Queue[] _queues;
    private readonly uint _strict;
    private uint _waiting;
    private int _turn = -1;
    private readonly bool _isShaped;
    private TokenBucket _shaper;

    /// <summary>Creates the queues and all memory that they will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public EgressScheduler(EgressSchedulerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int lightest = options.QueueOptions.Where(queue => queue.Weight > 0).Select(queue => queue.Weight).DefaultIfEmpty(1).Min();
        _queues = [.. options.QueueOptions.Select(queue => new Queue(queue, (long)options.MaxFrameBytes * queue.Weight / lightest))];
        _strict = options.QueueOptions.Index().Where(queue => queue.Item.Weight == 0).Aggregate(0u, (set, queue) => set | (1u << queue.Index));
        _isShaped = options.BytesPerSecond > 0;
        _shaper = new TokenBucket(options.BytesPerSecond, _isShaped ? options.BurstBytes : 0, options.Start);
    }

    /// <summary>Frames that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Frames that wait in a queue.</summary>
    public int CountOf(int queue) => _queues[queue].Count;

    /// <summary>Octets that wait in a queue.</summary>
    public long BytesOf(int queue) => _queues[queue].Bytes;

    /// <summary>What became of the frames of a queue.</summary>
    public ref readonly EgressQueueCounters CountersOf(int queue) => ref _queues[queue].Counters;

    /// <summary>Adds a frame at the end of a queue.</summary>
    /// <param name="queue">0 to 7.</param>
    /// <param name="frame">What the caller knows it by.</param>
    /// <param name="bytes">Its octets, 1 to <see cref="EgressSchedulerOptions.MaxFrameBytes"/>; longer ones are taken and count in full.</param>
    /// <returns>False if the queue is full; that is counted.</returns>
    public bool TryAdd(int queue, int frame, int bytes)
    {
        ref Queue to = ref _queues[queue];
        if (to.Count == to.Capacity || (to.Count > 0 && to.Bytes + bytes > to.MaxBytes))
        {
            to.Counters.Dropped++;
            return false;
        }

        to.Add(new Item(frame, bytes));
        _waiting |= 1u << queue;
        Count++;
        return true;
    }

    /// <summary>
    /// Marks the frame that was added last, if as many as <see cref="EgressQueueOptions.MarkFrames"/> wait in front of it and its ends say that they
    /// understand: ECN-capable IP packets get the code point CE (RFC 3168 section 5), all at one threshold of what waits now (RFC 8257 section 3.1). Of
    /// a packet in a tunnel it is the outer header, and the end of the tunnel hands it on (RFC 6040).
    /// </summary>
    /// <param name="queue">The queue that it was added to.</param>
    /// <param name="frame">Its bytes, which are changed.</param>
    /// <returns>True if it has the mark now and had it not before; that is counted.</returns>
    public bool TryMark(int queue, Span<byte> frame)
    {
        ref Queue to = ref _queues[queue];
        if (to.MarkFrames == 0 || to.Count <= to.MarkFrames || !PacketLayout.TryParse(frame, out PacketLayout layout))
        {
            return false;
        }

        bool understands = (TrafficClass.Read(frame, layout) & EcnTunnelRules.Ce) is EcnTunnelRules.Ect0 or EcnTunnelRules.Ect1;
        if (understands)
        {
            TrafficClass.SetEcn(frame, layout, EcnTunnelRules.Ce);
            to.Counters.Marked++;
        }

        return understands;
    }

    /// <summary>Takes the frame that is next, if the shaper lets it go.</summary>
    /// <param name="now">The time.</param>
    /// <param name="frame">What the caller knows it by.</param>
    /// <param name="queue">Its queue.</param>
    /// <returns>False if none waits, or it is too early.</returns>
    public bool TryTake(Timestamp now, out int frame, out int queue)
    {
        (frame, queue) = (0, 0);
        if (_waiting == 0)
        {
            return false;
        }

        queue = Select();
        ref Queue from = ref _queues[queue];
        int bytes = from.First.Bytes;
        if (_isShaped && !_shaper.TryTake(now, Math.Min(bytes, _shaper.Burst)))
        {
            return false;
        }

        from.Deficit -= from.Quantum > 0 ? bytes : 0;
        frame = Remove(ref from, queue);
        from.Counters.Frames++;
        from.Counters.Bytes += bytes;
        return true;
    }

    /// <summary>Takes any frame, whatever the shaper says, for a port that will never send it. It is not counted.</summary>
    /// <returns>False if none waits.</returns>
    public bool TryAbandon(out int frame, out int queue)
    {
        (frame, queue) = (0, BitOperations.Log2(_waiting | 1));
        if (_waiting == 0)
        {
            return false;
        }

        frame = Remove(ref _queues[queue], queue);
        return true;
    }

    /// <summary>When the next frame may leave: now, later, or never if none waits.</summary>
    public Timestamp NextDue(Timestamp now)
    {
        if (_waiting == 0)
        {
            return Timestamp.MaxValue;
        }

        return _isShaped ? _shaper.ReadyAt(now, Math.Min(_queues[Select()].First.Bytes, _shaper.Burst)) : now;
    }

    /// <summary>Goes on with what another scheduler counted.</summary>
    public void CarryOver(EgressScheduler old)
    {
        ArgumentNullException.ThrowIfNull(old);
        for (int queue = 0; queue < _queues.Length; queue++)
        {
            _queues[queue].Counters = old._queues[queue].Counters;
        }
    }

    /// <summary>The queue whose turn it is. Asking again without taking gives the same.</summary>
    private int Select()
    {
        uint strict = _waiting & _strict;
        if (strict != 0)
        {
            return BitOperations.Log2(strict);
        }

        while (_turn < 0 || (_waiting >> _turn & 1) == 0 || _queues[_turn].Deficit < _queues[_turn].First.Bytes)
        {
            // The next one that waits, in a circle; it gets its share for this round.
            int after = _turn + 1;
            uint ahead = after < EgressSchedulerOptions.Queues ? _waiting >> after : 0;
            _turn = ahead != 0 ? after + BitOperations.TrailingZeroCount(ahead) : BitOperations.TrailingZeroCount(_waiting);
            _queues[_turn].Deficit += _queues[_turn].Quantum;
        }

        return _turn;
    }

    private int Remove(ref Queue from, int queue)
    {
        Item item = from.Remove();
        Count--;
        if (from.Count == 0)
        {
            // An empty queue saves nothing up.
            _waiting &= ~(1u << queue);
            from.Deficit = 0;
        }

        return item.Frame;
    }

    private readonly record struct Item(int Frame, int Bytes);

    private struct Queue
    {
        private readonly Item[] _items;
        private int _head;

        public Queue(EgressQueueOptions options, long quantum)
        {
            _items = new Item[BitOperations.RoundUpToPowerOf2((uint)options.Frames)];
            (Capacity, MarkFrames, MaxBytes, Quantum) = (options.Frames, options.MarkFrames, options.Bytes, quantum);
        }

        public readonly int Capacity;
        public readonly int MarkFrames;
        public readonly long MaxBytes;
        public readonly long Quantum;
        public int Count;
        public long Bytes;
        public long Deficit;
        public EgressQueueCounters Counters;

        public readonly Item First => _items[_head];

        public void Add(Item item)
        {
            _items[(_head + Count++) & (_items.Length - 1)] = item;
            Bytes += item.Bytes;
            Counters.MostWaiting = Math.Max(Counters.MostWaiting, Count);
        }

        public Item Remove()
        {
            Item item = _items[_head];
            _head = (_head + 1) & (_items.Length - 1);
            Count--;
            Bytes -= item.Bytes;
            return item;
        }
    }
}
