using Weft.Flows;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>
/// What a sensor has to tell: two queues from the worker to a writer, one of alerts, one of frames for a capture. The
/// worker never waits and allocates nothing; what finds no room is counted.
/// </summary>
internal sealed class IdsOutlet
{
    private const int Events = 4096;
    private const int HistoryFrames = 128;
    private const int QueuedFrames = 256;
    private const int Conversations = 1024;

    private readonly KeyedHash _hash;
    private readonly int _follow;
    private readonly CapturedFrame[] _history;
    private readonly SpscRing<CapturedFrame> _free = new(QueuedFrames);
    private readonly SpscRing<CapturedFrame> _full = new(QueuedFrames);
    private readonly SpscRing<IdsEvent> _events = new(Events);

    // One place a hash: a conversation that meets another in its place takes it over. A capture may lose frames so, memory never.
    private readonly (ulong Conversation, int Left)[] _followed;
    private int _next;

    /// <param name="frameBytes">Longest frame that is captured; 0 for no capture.</param>
    /// <param name="follow">Frames of a conversation that are captured from its last alert on.</param>
    /// <param name="seed">Key of conversation numbers.</param>
    public IdsOutlet(int frameBytes, int follow, HashSeed seed)
    {
        _hash = new KeyedHash(seed);
        _follow = follow;
        _history = [.. Enumerable.Range(0, frameBytes == 0 ? 0 : HistoryFrames).Select(_ => new CapturedFrame(frameBytes))];
        _followed = new (ulong, int)[frameBytes == 0 ? 0 : Conversations];
        for (int i = 0; frameBytes > 0 && i < QueuedFrames; i++)
        {
            _ = _free.TryAdd(new CapturedFrame(frameBytes));
        }
    }

    /// <summary>Called when a queue is full and the caller may wait: with captures, where time stands still meanwhile. Null: what has no room is lost.</summary>
    public Action? WhenFull { get; set; }

    /// <summary>Alerts that had no room.</summary>
    public long EventsLost { get; private set; }

    /// <summary>Frames that had no room.</summary>
    public long FramesLost { get; private set; }

    public ulong ConversationOf(ReadOnlySpan<byte> frame, in PacketLayout layout) => Conversation.Of(in _hash, frame, in layout);

    public void Post(in IdsEvent what)
    {
        if (_events.TryAdd(what))
        {
            return;
        }

        WhenFull?.Invoke();
        EventsLost += WhenFull is not null && _events.TryAdd(what) ? 0 : 1;
    }

    public bool TryTake(out IdsEvent what) => _events.TryTake(out what);

    /// <summary>Takes note of a frame, and queues it if its conversation is captured.</summary>
    public void Frame(ReadOnlySpan<byte> frame, in PacketLayout layout, Timestamp now, bool hasAlert)
    {
        if (_followed.Length == 0)
        {
            return;
        }

        ulong conversation = Conversation.Of(in _hash, frame, in layout);
        ref (ulong Conversation, int Left) place = ref _followed[conversation >> 54];
        bool isFollowed = place.Conversation == conversation && place.Left > 0;
        if (hasAlert)
        {
            if (!isFollowed)
            {
                QueueHistory(conversation);
            }

            place = (conversation, _follow);
            isFollowed = true;
        }

        if (isFollowed)
        {
            place.Left--;
            Queue(frame, now);
        }
        else
        {
            _history[_next].Set(frame, now, conversation);
            _next = (_next + 1) % _history.Length;
        }
    }

    /// <summary>Hands the next frame to the capture.</summary>
    public bool TryTake(out CapturedFrame frame) => _full.TryTake(out frame!);

    /// <summary>Takes a frame back once it is written.</summary>
    public void Return(CapturedFrame frame) => _ = _free.TryAdd(frame);

    private void QueueHistory(ulong conversation)
    {
        for (int i = 0; i < _history.Length; i++)
        {
            CapturedFrame old = _history[(_next + i) % _history.Length];
            if (old.Conversation == conversation && conversation != 0)
            {
                Queue(old.Bytes, old.At);
                old.Set([], old.At, 0);
            }
        }
    }

    private void Queue(ReadOnlySpan<byte> frame, Timestamp at)
    {
        if (!_free.TryTake(out CapturedFrame? free))
        {
            WhenFull?.Invoke();
            if (WhenFull is null || !_free.TryTake(out free))
            {
                FramesLost++;
                return;
            }
        }

        free.Set(frame, at, 0);
        _ = _full.TryAdd(free);
    }
}
