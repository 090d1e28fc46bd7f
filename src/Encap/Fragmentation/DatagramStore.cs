using Weft.Flows.Tables;
using Weft.Packets;

namespace Weft.Encap;

/// <summary>
/// The memory of a reassembler: for every frame a slot, two bitmaps and a buffer, free ones last-in first-out, those in use in the
/// order in which they began, which is that of their deadlines.
/// </summary>
internal sealed unsafe class DatagramStore : IDisposable
{
    private const int CacheLine = 64;

    /// <summary>Bytes of a frame that one word of its bitmap stands for.</summary>
    private const int BytesAWord = FragmentInfo.UnitBytes * 64;

    private readonly DatagramSlot[] _slots;
    private readonly ulong[] _received;
    private readonly ulong[] _starts;
    private readonly int[] _free;
    private readonly int _words;
    private readonly int _stride;
    private readonly NativeBlock _memory;
    private byte* _buffers;
    private int _last = DatagramSlot.None;

    public DatagramStore(int slots, int bytesEach)
    {
        _slots = new DatagramSlot[slots];
        _words = (bytesEach + BytesAWord - 1) / BytesAWord;
        _received = new ulong[slots * _words];
        _starts = new ulong[slots * _words];
        _free = new int[slots];
        for (int slot = 0; slot < slots; slot++)
        {
            _free[slot] = slots - 1 - slot;
        }

        FreeCount = slots;
        _stride = (bytesEach + CacheLine - 1) & -CacheLine;
        _memory = new NativeBlock((nuint)slots * (nuint)_stride, hugePages: true);
        _buffers = _memory.Start;
    }

    /// <summary>Slots.</summary>
    public int Capacity => _slots.Length;

    /// <summary>Slots that nobody uses.</summary>
    public int FreeCount { get; private set; }

    /// <summary>The slot whose deadline comes first; <see cref="DatagramSlot.None"/> if none waits.</summary>
    public int First { get; private set; } = DatagramSlot.None;

    /// <summary>False once the buffers are gone.</summary>
    public bool IsAlive => _buffers != null;

    public ref DatagramSlot this[int slot] => ref _slots[slot];

    /// <summary>Units of the frame that have come.</summary>
    public Span<ulong> Received(int slot) => _received.AsSpan(slot * _words, _words);

    /// <summary>Units with which a fragment began.</summary>
    public Span<ulong> Starts(int slot) => _starts.AsSpan(slot * _words, _words);

    /// <summary>The buffer of a slot.</summary>
    /// <remarks>Invariant: slot is below <see cref="Capacity"/>, and whoever asks has held offset + length to the bytes of a buffer.</remarks>
    public Span<byte> Buffer(int slot, int offset, int length) => new(_buffers + ((nint)slot * _stride) + offset, length);

    /// <summary>Takes a free slot for a frame that begins. There must be one.</summary>
    /// <param name="totalLength">Bytes of the frame, 0 if they are not known.</param>
    /// <param name="deadline">When its time is over; no earlier than that of any slot before.</param>
    public int Take(int totalLength, Timestamp deadline)
    {
        int slot = _free[--FreeCount];
        ref DatagramSlot state = ref _slots[slot];
        state.Deadline = deadline;
        state.TotalLength = totalLength;
        state.ReceivedBytes = 0;
        state.Pieces = 0;
        state.Ecn = DatagramSlot.None;
        state.Stage = DatagramStage.UnderWay;
        state.Generation++;
        int words = totalLength == FragmentInfo.UnknownLength ? _words : (totalLength + BytesAWord - 1) / BytesAWord;
        Received(slot)[..words].Clear();
        Starts(slot)[..words].Clear();
        Append(slot);
        return slot;
    }

    /// <summary>Takes a slot out of the order of deadlines.</summary>
    public void Leave(int slot)
    {
        ref DatagramSlot state = ref _slots[slot];
        if (state.Before == DatagramSlot.None)
        {
            First = state.After;
        }
        else
        {
            _slots[state.Before].After = state.After;
        }

        if (state.After == DatagramSlot.None)
        {
            _last = state.Before;
        }
        else
        {
            _slots[state.After].Before = state.Before;
        }
    }

    /// <summary>Gives a slot back that has left the order.</summary>
    public void Return(int slot)
    {
        _slots[slot].Stage = DatagramStage.Free;
        _free[FreeCount++] = slot;
    }

    public void Dispose()
    {
        _buffers = null;
        _memory.Dispose();
    }

    private void Append(int slot)
    {
        ref DatagramSlot state = ref _slots[slot];
        state.Before = _last;
        state.After = DatagramSlot.None;
        if (_last == DatagramSlot.None)
        {
            First = slot;
        }
        else
        {
            _slots[_last].After = slot;
        }

        _last = slot;
    }
}
