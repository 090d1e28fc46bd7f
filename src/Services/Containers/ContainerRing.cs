using System.Runtime.CompilerServices;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// The host's end of the memory through which packets visit a service in another process. The other process is not trusted: packets
/// are copied in and out, every word that it wrote is checked, and whatever it does, each packet comes back exactly once: as
/// its reply, or as lost when it stops to answer.
/// </summary>
/// <remarks>
/// The memory is the caller's (a memfd mapped into both processes, for example) and must outlive the ring. One thread uses a ring.
/// Nothing is allocated for a packet.
/// </remarks>
public sealed unsafe class ContainerRing
{
    private readonly byte* _memory;
    private readonly int _slots;
    private readonly int _slotBytes;
    private readonly TimeSpan _patience;
    private readonly ServicePath? _path;
    private readonly int _headerBytes;
    private readonly Slot[] _state;
    private readonly int[] _free;
    private int _freeCount;
    private uint _requests;
    private uint _replies;
    private ulong _heartbeat;
    private Timestamp _beat;
    private int _reclaim;
    private int _last;
    private ContainerCounters _counters;

    /// <summary>Takes memory into use; what was in it is overwritten.</summary>
    /// <param name="memory">Its first byte, aligned to 64.</param>
    /// <param name="bytes">Its length, at least <see cref="BytesFor"/>.</param>
    /// <param name="options">Number and size of slots, and patience.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">An option is outside its range, or the memory is too short or not aligned.</exception>
    public ContainerRing(byte* memory, long bytes, ContainerOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (bytes < BytesFor(options) || (nuint)memory % 64 != 0)
        {
            throw new ArgumentException($"The memory has {bytes} bytes at alignment {(nuint)memory % 64}; {BytesFor(options)} are needed, aligned to 64.", nameof(bytes));
        }

        _memory = memory;
        (_slots, _slotBytes, _patience, _beat) = (options.Slots, options.SlotBytes, options.Patience, now);
        (_path, _headerBytes) = (options.Path, options.Path is null ? 0 : ServicePath.HeaderBytes);
        _state = new Slot[_slots];
        _free = new int[_slots];
        for (int slot = _slots - 1; slot >= 0; slot--)
        {
            _free[_freeCount++] = slot;
        }

        new Span<byte>(memory, RingLayout.Packets(_slots)).Clear();
        *(uint*)(memory + 4) = RingLayout.Version;
        *(uint*)(memory + 8) = (uint)_slots;
        *(uint*)(memory + 12) = (uint)_slotBytes;
        Volatile.Write(ref *(uint*)memory, RingLayout.Magic);
    }

    /// <summary>Bytes of memory that a ring needs.</summary>
    public static long BytesFor(ContainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return RingLayout.Bytes(options.Slots, options.SlotBytes);
    }

    /// <summary>True while the container gives signs of life.</summary>
    public bool IsAlive { get; private set; }

    /// <summary>Packets that are with the container.</summary>
    public int InFlight => _slots - _freeCount;

    /// <summary>Whether the flow of the packet that was given away last is still to be named.</summary>
    internal bool HasUnnamed { get; private set; }

    /// <summary>What happened so far.</summary>
    public ref readonly ContainerCounters Counters => ref _counters;

    /// <summary>Gives a packet to the container.</summary>
    /// <param name="frame">The packet, copied.</param>
    /// <param name="direction">Which way it goes.</param>
    /// <param name="tag">What the host wants to know again with the reply; the container does not see it.</param>
    /// <returns>False if the container is dead or behind, or the packet is longer than a slot.</returns>
    public bool TrySubmit(ReadOnlySpan<byte> frame, ServiceDirection direction, ContainerTag tag)
    {
        if (!IsAlive || _freeCount == 0 || frame.Length + _headerBytes > _slotBytes)
        {
            _counters.Refused++;
            return false;
        }

        int slot = _last = _free[--_freeCount];
        ref Slot state = ref _state[slot];
        state = new Slot { Ticket = state.Ticket + 1, Tag = tag, IsOut = true };
        var room = new Span<byte>(Packet(slot), _slotBytes);
        if (_path is null)
        {
            frame.CopyTo(room);
        }
        else
        {
            _path.Wrap(frame, direction, room);
        }

        byte* entry = Entry(RingLayout.Requests, _requests);
        *(int*)entry = slot;
        *(uint*)(entry + 4) = state.Ticket;
        *(int*)(entry + 8) = frame.Length + _headerBytes;
        entry[12] = (byte)direction;
        Volatile.Write(ref *(uint*)(_memory + RingLayout.RequestPosition), ++_requests);
        HasUnnamed = tag.Flow.IsNone;
        _counters.Submitted++;
        return true;
    }

    /// <summary>Notes signs of life. Call it before <see cref="TryTake"/>, every few milliseconds.</summary>
    /// <returns>True if the container was found to be dead just now: its packets come back as lost.</returns>
    public bool Check(Timestamp now)
    {
        ulong heartbeat = Volatile.Read(ref *(ulong*)(_memory + RingLayout.Heartbeat));
        if (heartbeat != _heartbeat)
        {
            (_heartbeat, _beat) = (heartbeat, now);
            // One that died may be alive again, but not before everything it had has come back.
            IsAlive |= _reclaim == 0;
            return false;
        }

        if (!IsAlive || now - _beat <= _patience)
        {
            return false;
        }

        IsAlive = false;
        _reclaim = _slots;
        _counters.Deaths++;
        return true;
    }

    /// <summary>Takes one packet back.</summary>
    /// <param name="frame">Gets the packet, copied.</param>
    /// <param name="reply">Gets what became of it.</param>
    /// <returns>False if none is back.</returns>
    public bool TryTake(Span<byte> frame, out ContainerReply reply)
    {
        // At most a ring's worth of replies a call: a container that writes nonsense for ever holds nobody up.
        for (int i = 0; i < _slots && _reclaim == 0 && Volatile.Read(ref *(uint*)(_memory + RingLayout.ReplyPosition)) != _replies; i++)
        {
            // Each word is read once: the container may change it meanwhile.
            byte* entry = Entry(RingLayout.Replies(_slots), _replies++);
            int slot = Volatile.Read(ref *(int*)entry);
            uint ticket = Volatile.Read(ref *(uint*)(entry + 4));
            int length = Volatile.Read(ref *(int*)(entry + 8));
            byte verdict = Volatile.Read(ref entry[12]);
            if ((uint)slot >= (uint)_slots || !_state[slot].IsOut || _state[slot].Ticket != ticket || verdict > (byte)ServiceVerdict.Consume)
            {
                _counters.Forged++;
                continue;
            }

            bool isWhole = length is >= 14 && length <= _slotBytes && length <= frame.Length;
            if (isWhole)
            {
                new ReadOnlySpan<byte>(Packet(slot), length).CopyTo(frame);
            }

            bool isMisrouted = isWhole && _path is not null && verdict == (byte)ServiceVerdict.Pass && !TryUnwrap(frame, _state[slot].Tag.Direction, ref length);
            _counters.Misrouted += isMisrouted ? 1 : 0;
            isWhole &= !isMisrouted;
            _counters.Returned++;
            reply = new ContainerReply(isWhole ? (ServiceVerdict)verdict : ServiceVerdict.Drop, IsLost: false, isWhole ? length : 0, Take(slot)) { IsMisrouted = isMisrouted };
            return true;
        }

        while (_reclaim > 0)
        {
            int slot = --_reclaim;
            if (_state[slot].IsOut)
            {
                _counters.Lost++;
                reply = new ContainerReply(ServiceVerdict.Drop, IsLost: true, 0, Take(slot));
                return true;
            }
        }

        reply = default;
        return false;
    }

    /// <summary>Names the flow of the packet that was given away last: a first packet leaves before its flow is remembered.</summary>
    internal void NameLast(FlowHandle flow)
    {
        ref Slot state = ref _state[_last];
        state.Tag = state.Tag with { Flow = flow };
        HasUnnamed = false;
    }

    /// <summary>Takes the headers of the path off the copy, which the container cannot change any more.</summary>
    private bool TryUnwrap(Span<byte> frame, ServiceDirection direction, ref int length)
    {
        if (!_path!.TryUnwrap(frame[..length], direction, out ReadOnlySpan<byte> packet))
        {
            return false;
        }

        packet.CopyTo(frame);
        length = packet.Length;
        return true;
    }

    private ContainerTag Take(int slot)
    {
        ContainerTag tag = _state[slot].Tag;
        _state[slot].IsOut = false;
        _free[_freeCount++] = slot;
        return tag;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Entry(int start, uint position) => _memory + start + (position & (uint)(_slots - 1)) * RingLayout.EntryBytes;

    private byte* Packet(int slot) => _memory + RingLayout.Packets(_slots) + (long)slot * _slotBytes;

    private struct Slot
    {
        public ContainerTag Tag;
        public uint Ticket;
        public bool IsOut;
    }
}
