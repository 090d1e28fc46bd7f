using Weft.Packets;

namespace Weft.Host.Datapath.Tapping;

/// <summary>A copy of a frame and what is known of it, in memory that is used again.</summary>
internal sealed class TapRecord(Memory<byte> room)
{
    private int _length;

    /// <summary>What became of it; the worker adds to this until the burst is at its end.</summary>
    public TapFate Fate;

    public ReadOnlySpan<byte> Bytes => room.Span[.._length];

    /// <summary>Bytes that the frame had.</summary>
    public int OriginalLength { get; private set; }

    public Timestamp At { get; private set; }

    public TapPoint Point { get; private set; }

    /// <summary>The stage, if the point is one.</summary>
    public StageId Stage { get; private set; }

    /// <summary>Port through which it, or the frame that caused it, came.</summary>
    public int Ingress { get; private set; }

    /// <summary>Names of ports when it was taken.</summary>
    public string[] Ports { get; private set; } = [];

    /// <summary>Frames that were lost between the record before and this one.</summary>
    public long LostBefore { get; private set; }

    /// <summary>Takes a copy.</summary>
    public void Set(ReadOnlySpan<byte> frame, Timestamp at, TapPoint point, StageId stage, int ingress, string[] ports, long lostBefore)
    {
        _length = Math.Min(frame.Length, room.Length);
        frame[.._length].CopyTo(room.Span);
        (OriginalLength, At, Point, Stage, Ingress, Ports, LostBefore) = (frame.Length, at, point, stage, ingress, ports, lostBefore);
        Fate = default;
    }
}
