namespace Weft.Host.Datapath;

/// <summary>How much came into each segment, and how much went to each remote endpoint and came from it. Plain fields, one writer; no part of the sum law.</summary>
internal sealed class TrafficBooks(int segments, int peers)
{
    private readonly TrafficCount[] _segments = new TrafficCount[segments];
    private readonly TrafficCount[] _sent = new TrafficCount[peers];
    private readonly TrafficCount[] _received = new TrafficCount[peers];

    /// <summary>Frames that the bridge was handed in a segment, whatever became of them.</summary>
    public ref TrafficCount Segment(int segment) => ref _segments[segment];

    /// <summary>Frames that were put into a tunnel, as machines sent them, not as they were cut.</summary>
    public ref TrafficCount Sent(int peer) => ref _sent[peer];

    /// <summary>Frames that came out of a tunnel whole.</summary>
    public ref TrafficCount Received(int peer) => ref _received[peer];

    /// <summary>Adds the books of an earlier configuration.</summary>
    /// <param name="earlier">Its books.</param>
    /// <param name="segmentNow">For each of its segments the number now, -1 if it is gone.</param>
    /// <param name="peerNow">The same for remote endpoints.</param>
    public void CarryOver(TrafficBooks earlier, ReadOnlySpan<int> segmentNow, ReadOnlySpan<int> peerNow)
    {
        Add(_segments, earlier._segments, segmentNow);
        Add(_sent, earlier._sent, peerNow);
        Add(_received, earlier._received, peerNow);
    }

    private static void Add(TrafficCount[] counts, TrafficCount[] earlier, ReadOnlySpan<int> now)
    {
        for (int i = 0; i < earlier.Length; i++)
        {
            if (now[i] >= 0)
            {
                counts[now[i]] += earlier[i];
            }
        }
    }
}

/// <summary>Frames and their bytes.</summary>
internal struct TrafficCount
{
    public long Frames;
    public long Bytes;

    public static TrafficCount operator +(TrafficCount left, TrafficCount right) => new() { Frames = left.Frames + right.Frames, Bytes = left.Bytes + right.Bytes };

    public void Add(int bytes)
    {
        Frames++;
        Bytes += bytes;
    }
}
