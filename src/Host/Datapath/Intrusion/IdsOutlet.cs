using Weft.Flows;
using Weft.Host.Config;
using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>
/// What a sensor has to tell: two queues from the worker to a writer, one of alerts and of what conversations say, one of frames for a capture. The
/// worker never waits and allocates nothing; what finds no room is counted. Records leave half of the queue to alerts.
/// </summary>
internal sealed class IdsOutlet
{
    private const int Notices = 4096;
    private const int MostRecords = Notices / 2;
    private const int RecordBytes = 1 << 20;
    private const int HistoryFrames = 128;
    private const int QueuedFrames = 256;
    private const int Conversations = 1024;

    private readonly KeyedHash _hash;
    private readonly int _follow;
    private readonly CapturedFrame[] _history;
    private readonly SpscRing<CapturedFrame> _free = new(QueuedFrames);
    private readonly SpscRing<CapturedFrame> _full = new(QueuedFrames);
    private readonly SpscRing<IdsNotice> _notices = new(Notices);
    private readonly RecordMemory _records;
    private readonly bool _hasRecords;

    // One place a hash: a conversation that meets another in its place takes it over. A capture may lose frames so, memory never.
    private readonly (ulong Conversation, int Left)[] _followed;
    private int _next;

    /// <param name="types">What is written in EVE JSON; nothing if there is no file for it.</param>
    /// <param name="frameBytes">Longest frame that is captured; 0 for no capture.</param>
    /// <param name="follow">Frames of a conversation that are captured from its last alert on.</param>
    /// <param name="seed">Key of conversation numbers.</param>
    public IdsOutlet(EveTypes types, int frameBytes, int follow, HashSeed seed)
    {
        _hash = new KeyedHash(seed);
        Scribe = new ConversationScribe(this, types);
        _hasRecords = types != EveTypes.None;
        _records = new RecordMemory(types == EveTypes.None ? 0 : RecordBytes);
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

    /// <summary>Who hears of conversations.</summary>
    public ConversationScribe Scribe { get; }

    /// <summary>Alerts that had no room.</summary>
    public long EventsLost { get; private set; }

    /// <summary>Messages and ends of conversations that were queued.</summary>
    public long Records { get; private set; }

    /// <summary>Messages, ends of conversations, and what was known of alerts' conversations, for which there was no room.</summary>
    public long RecordsLost { get; private set; }

    /// <summary>Frames that had no room.</summary>
    public long FramesLost { get; private set; }

    /// <summary>The number of an alert's conversation.</summary>
    public ulong ConversationOf(in Alert alert) => Conversation.Of(in _hash, alert.Source, alert.Destination, alert.SourcePort, alert.DestinationPort, alert.Protocol);

    /// <summary>Queues an alert.</summary>
    /// <param name="what">The alert.</param>
    /// <param name="conversation">What is known of its conversation; the default value for nothing.</param>
    public void Post(in IdsEvent what, in Weft.Ids.Conversation conversation)
    {
        RecordPlace place = default;
        if (_hasRecords && conversation.Id != 0 && !TryWrite(in conversation, default, out place))
        {
            RecordsLost++;
        }

        EventsLost += TryAdd(new IdsNotice(IdsNoticeKind.Alert, what, what.At, what.Conversation, what.Interface, what.Vlan, place)) ? 0 : 1;
    }

    /// <summary>Queues what a conversation said, or that it ended.</summary>
    public void Post(IdsNoticeKind kind, in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp at, string port, ushort vlan)
    {
        if (_notices.Count >= MostRecords)
        {
            WhenFull?.Invoke();
        }

        ulong number = Conversation.Of(in _hash, conversation.Client, conversation.Server, conversation.ClientPort, conversation.ServerPort, conversation.Protocol);
        if (_notices.Count < MostRecords && TryWrite(in conversation, in message, out RecordPlace place) && TryAdd(new IdsNotice(kind, default, at, number, port, vlan, place)))
        {
            Records++;
        }
        else
        {
            RecordsLost++;
        }
    }

    /// <summary>Takes the next alert or record. What is read of it is given back by <see cref="Return(in IdsNotice)"/>, before the next is taken.</summary>
    public bool TryTake(out IdsNotice what) => _notices.TryTake(out what);

    /// <summary>What is known of a notice's conversation, as <see cref="ConversationRecord"/> writes it; empty if nothing.</summary>
    public ReadOnlySpan<byte> RecordOf(scoped in IdsNotice what) => _records.Read(what.Record);

    /// <summary>Gives the memory of a notice back.</summary>
    public void Return(in IdsNotice what) => _records.Free(what.Record);

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

    private bool TryAdd(in IdsNotice what)
    {
        if (!_notices.TryAdd(what))
        {
            WhenFull?.Invoke();
            if (WhenFull is null || !_notices.TryAdd(what))
            {
                return false;
            }
        }

        _records.Keep(what.Record);
        return true;
    }

    private bool TryWrite(in Weft.Ids.Conversation conversation, in AppMessage message, out RecordPlace place)
    {
        int size = ConversationRecord.SizeOf(in conversation, in message);
        if (!_records.TryReserve(size, out place, out Span<byte> bytes))
        {
            WhenFull?.Invoke();
            if (WhenFull is null || !_records.TryReserve(size, out place, out bytes))
            {
                return false;
            }
        }

        _ = ConversationRecord.Write(in conversation, in message, bytes);
        return true;
    }

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
