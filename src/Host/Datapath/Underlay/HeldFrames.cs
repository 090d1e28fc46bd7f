namespace Weft.Host.Datapath.Underlay;

/// <summary>Frames that wait for next hops, in the order in which they came (RFC 1122 section 2.3.2.2 asks to keep at least one).</summary>
internal sealed class HeldFrames(int capacity, int hops)
{
    /// <summary>Most frames that wait for one of them, so that a dead one does not crowd out the others.</summary>
    public const int MaxPerHop = 32;

    private readonly HeldFrame[] _frames = new HeldFrame[capacity];
    private readonly int[] _waiting = new int[hops];

    /// <summary>Frames that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The frame at a position, which stays there.</summary>
    public HeldFrame At(int position) => _frames[position];

    /// <summary>What a frame waits for.</summary>
    public int HopAt(int position) => _frames[position].Hop;

    /// <summary>Keeps a frame.</summary>
    /// <returns>False if there is no room for it.</returns>
    public bool TryHold(in HeldFrame frame)
    {
        if (Count == _frames.Length || _waiting[frame.Hop] == MaxPerHop)
        {
            return false;
        }

        _waiting[frame.Hop]++;
        _frames[Count++] = frame;
        return true;
    }

    /// <summary>Takes the frame at a position out; the others keep their order.</summary>
    public HeldFrame TakeAt(int position)
    {
        HeldFrame frame = _frames[position];
        _frames.AsSpan(position + 1, Count - position - 1).CopyTo(_frames.AsSpan(position));
        Count--;
        _waiting[frame.Hop]--;
        return frame;
    }
}
