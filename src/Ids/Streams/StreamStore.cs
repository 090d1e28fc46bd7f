namespace Weft.Ids;

/// <summary>Memory of all streams that are being put together: a buffer each, of one size, and the patterns found in it so far.</summary>
internal sealed class StreamStore
{
    /// <summary>Different patterns that are remembered for half a window.</summary>
    public const int FoundPerHalf = 48;

    private readonly byte[] _bytes;
    private readonly StreamState[] _states;
    private readonly int[] _found;
    private readonly int _size;

    public StreamStore(int capacity, int size)
    {
        _size = size;
        _bytes = GC.AllocateUninitializedArray<byte>(checked(capacity * size));
        _states = new StreamState[capacity];
        _found = new int[capacity * 2 * FoundPerHalf];
        Slots = new LruSlots(capacity);
    }

    public LruSlots Slots { get; }

    public ref StreamState this[int slot] => ref _states[slot];

    public Span<byte> BytesOf(int slot) => _bytes.AsSpan(slot * _size, _size);

    /// <summary>Patterns of the older half, then those of the newer.</summary>
    public Span<int> FoundOf(int slot) => _found.AsSpan(slot * 2 * FoundPerHalf, 2 * FoundPerHalf);
}
