using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>A copy of a frame, in memory that is used again.</summary>
internal sealed class CapturedFrame(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _length;

    public Timestamp At { get; private set; }

    /// <summary>Number of its conversation, 0 if it has none or the place is empty.</summary>
    public ulong Conversation { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public void Set(ReadOnlySpan<byte> frame, Timestamp at, ulong conversation)
    {
        (_length, At, Conversation) = (Math.Min(frame.Length, _bytes.Length), at, conversation);
        frame[.._length].CopyTo(_bytes);
    }
}
