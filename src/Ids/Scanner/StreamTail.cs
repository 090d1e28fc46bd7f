using System.Buffers.Binary;

namespace Weft.Ids;

/// <summary>
/// The memory of a stream: eight bytes of position, then the last bytes, one less than the longest pattern, then as much room
/// to put the next bytes beside them.
/// </summary>
internal readonly ref struct StreamTail
{
    private const int PositionBytes = sizeof(long);

    private readonly Span<byte> _state;

    public StreamTail(Span<byte> state, int maxPatternLength)
    {
        if (state.Length < StateBytes(maxPatternLength))
        {
            throw new ArgumentException($"The memory of a stream has at least {StateBytes(maxPatternLength)} bytes (PatternSet.StreamStateBytes).", nameof(state));
        }

        _state = state;
        Capacity = Math.Max(0, maxPatternLength - 1);
    }

    /// <summary>Bytes that are kept at most.</summary>
    public int Capacity { get; }

    /// <summary>Bytes of the stream so far.</summary>
    public long Position => BinaryPrimitives.ReadInt64LittleEndian(_state);

    /// <summary>Bytes that are kept.</summary>
    public int Length => (int)Math.Min(Capacity, Position);

    private Span<byte> Bytes => _state[PositionBytes..];

    public static int StateBytes(int maxPatternLength) => PositionBytes + 2 * maxPatternLength;

    public void Reset() => BinaryPrimitives.WriteInt64LittleEndian(_state, 0);

    /// <summary>The kept bytes with the next ones behind them, as many as can complete a match that began before.</summary>
    public ReadOnlySpan<byte> Join(ReadOnlySpan<byte> next)
    {
        int taken = Math.Min(Capacity, next.Length);
        next[..taken].CopyTo(Bytes[Length..]);
        return Bytes[..(Length + taken)];
    }

    /// <summary>Goes on behind <paramref name="data"/>, which was scanned.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        int kept = Math.Min(Length, Math.Max(0, Capacity - data.Length));
        Bytes.Slice(Length - kept, kept).CopyTo(Bytes);
        int taken = Math.Min(Capacity, data.Length);
        data[^taken..].CopyTo(Bytes[kept..]);
        BinaryPrimitives.WriteInt64LittleEndian(_state, Position + data.Length);
    }
}
