using System.Buffers.Binary;
using System.Numerics;
using Weft.Packets;

namespace Weft.Sase.Ownership;

/// <summary>
/// The numbered stream of flow records to another node, and that from it. Messages are repeated until they are acknowledged; records in them
/// carry versions, so whatever comes late or twice changes nothing.
/// </summary>
internal sealed class PeerLink
{
    /// <summary>Messages on their way at most: with 31 records each, or 21 that have a name, more than a burst of new flows.</summary>
    private const int Window = 64;

    /// <summary>Time until a message is sent again: many times what a message takes between machines of one place.</summary>
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(20);

    private readonly byte[] _bytes = new byte[Window * PopMessage.MaxBytes];
    private readonly int[] _lengths = new int[Window];
    private readonly Timestamp[] _sentAt = new Timestamp[Window];
    private readonly bool[] _acked = new bool[Window];
    private readonly (uint Sequence, byte Bundle, Epoch Epoch)[] _releases = new (uint, byte, Epoch)[256];
    private readonly byte _self;
    private uint _next = 1;
    private uint _oldest = 1;
    private uint _unsent = 1;
    private int _open;
    private PopMessageKind _openKind;
    private uint _received;
    private ulong _receivedAhead;
    private uint _receivedStream;
    private bool _ackDue;
    private int _releaseCount;

    public PeerLink(byte self, uint stream) => (_self, Stream) = (self, stream);

    /// <summary>Name of the stream to the other node: a later one is greater.</summary>
    public uint Stream { get; private set; }

    /// <summary>Whether the other node is alive.</summary>
    public bool IsUp { get; set; }

    /// <summary>Since when it has been.</summary>
    public Timestamp UpSince { get; set; }

    /// <summary>The incarnation that the other node announced.</summary>
    public MemberLife Life;

    /// <summary>Where the walk through all flows for this peer is; -1 if it is done.</summary>
    public int WalkCursor { get; set; } = -1;

    /// <summary>True if everything that was written has been acknowledged.</summary>
    public bool IsQuiet => _oldest == _next && _open == 0;

    /// <summary>Number of the message that the latest record is in.</summary>
    public uint Written => _open > 0 ? _next : _next - 1;

    /// <summary>True if one more record can be written, in a message of its own if what is being written is of another kind.</summary>
    public bool HasRoom => _next - _oldest < (_open == 0 ? Window : Window - 1);

    /// <summary>True if what services remember can be written; half of the stream is kept for records of flows.</summary>
    public bool HasRoomToTell => _next - _oldest < Window / 2;

    /// <summary>True if a slice of a walk can be written: at most it ends two messages, since some records have names, and begins a third.</summary>
    public bool HasPlenty => _next - _oldest < Window - 2;

    /// <summary>When a message has to be sent again; the greatest timestamp if none.</summary>
    public Timestamp NextDue => !IsUp ? Timestamp.MaxValue : _ackDue || _open > 0 || _unsent != _next ? Timestamp.Zero : _oldest == _next ? Timestamp.MaxValue : _sentAt[_oldest % Window] + RepeatAfter;

    /// <summary>True if that message and all before it have been acknowledged.</summary>
    public bool IsAcknowledged(uint sequence) => (int)(_oldest - sequence) > 0;

    /// <summary>Begins anew: the other node knows nothing of what it was told.</summary>
    public void Restart()
    {
        Stream++;
        (_next, _oldest, _unsent, _open) = (1, 1, 1, 0);
    }

    /// <summary>Adds a record to the message that is being written; <see cref="HasRoom"/>.</summary>
    public void Append(in FlowRecord record)
    {
        // What has no name finds room among those that have.
        PopMessageKind kind = !record.Session.IsNone || (_open > 0 && _openKind == PopMessageKind.NamedRecords) ? PopMessageKind.NamedRecords : PopMessageKind.Records;
        int length = PopMessage.EntryLengthOf(kind);
        Open(kind, length);
        int slot = (int)(_next % Window);
        record.Write(_bytes.AsSpan((slot * PopMessage.MaxBytes) + PopMessage.Length + (_open * length), length));
        if (PopMessage.Length + ((++_open + 1) * length) > PopMessage.MaxBytes)
        {
            Seal();
        }
    }

    /// <summary>Adds what services remember; <see cref="HasRoomToTell"/>.</summary>
    public void Append(in MemoryChunk chunk, ReadOnlySpan<byte> said)
    {
        Open(PopMessageKind.Memory, MemoryChunk.HeaderLength + said.Length);
        Span<byte> at = _bytes.AsSpan(((int)(_next % Window) * PopMessage.MaxBytes) + PopMessage.Length + _open);
        chunk.Write(at);
        said.CopyTo(at[MemoryChunk.HeaderLength..]);
        _open += MemoryChunk.HeaderLength + said.Length;
    }

    /// <summary>Takes the next message to send: an acknowledgement, one that was never sent, or one that was not acknowledged in time.</summary>
    public bool TryTake(Span<byte> destination, out int length, Timestamp now)
    {
        length = 0;
        if (!IsUp)
        {
            return false;
        }

        if (_ackDue)
        {
            _ackDue = false;
            new PopMessage(PopMessageKind.Ack, IsNode: true, _self, Count: 1, _receivedStream, _received).Write(destination);
            BinaryPrimitives.WriteUInt64BigEndian(destination[PopMessage.Length..], _receivedAhead);
            length = PopMessage.Length + PopMessage.AckEntry;
            return true;
        }

        if (_open > 0)
        {
            Seal();
        }

        if (_unsent != _next)
        {
            return Send(_unsent++, destination, out length, now);
        }

        for (uint sequence = _oldest; sequence != _next; sequence++)
        {
            if (!_acked[sequence % Window] && _sentAt[sequence % Window] + RepeatAfter <= now)
            {
                return Send(sequence, destination, out length, now);
            }
        }

        return false;
    }

    /// <summary>Takes an acknowledgement.</summary>
    public MessageVerdict Acknowledge(in PopMessage message, ReadOnlySpan<byte> body)
    {
        if (message.Incarnation != Stream || message.Sequence - (_oldest - 1) > _next - _oldest)
        {
            return MessageVerdict.Stale;
        }

        ulong ahead = BinaryPrimitives.ReadUInt64BigEndian(body);
        for (uint sequence = _oldest; sequence != _next; sequence++)
        {
            uint distance = sequence - message.Sequence;
            bool isBehind = (int)distance <= 0;
            _acked[sequence % Window] |= isBehind || (distance <= 64 && (ahead >> (int)(distance - 1) & 1) != 0);
        }

        while (_oldest != _unsent && _acked[_oldest % Window])
        {
            _oldest++;
        }

        return MessageVerdict.Accepted;
    }

    /// <summary>Notes that a message of records came. False if it was here already or belongs to a stream that is gone.</summary>
    public bool Accept(in PopMessage message)
    {
        if (message.Incarnation != _receivedStream)
        {
            if ((int)(message.Incarnation - _receivedStream) < 0 && _receivedStream != 0)
            {
                return false;
            }

            (_receivedStream, _received, _receivedAhead, _releaseCount) = (message.Incarnation, 0, 0, 0);
        }

        _ackDue = true;
        uint distance = message.Sequence - _received;
        if (message.Kind == PopMessageKind.Memory && distance != 1)
        {
            // What services say has to come in order; it is sent again.
            return false;
        }

        if (distance is 0 or > 64 || (_receivedAhead >> (int)(distance - 1) & 1) != 0)
        {
            return false;
        }

        _receivedAhead |= 1UL << (int)(distance - 1);
        int run = BitOperations.TrailingZeroCount(~_receivedAhead);
        _received += (uint)run;
        _receivedAhead = run == 64 ? 0 : _receivedAhead >> run;
        return true;
    }

    /// <summary>Keeps the handing over of a bundle until every record before it is here.</summary>
    public void Postpone(uint sequence, byte bundle, Epoch epoch)
    {
        if (_releaseCount < _releases.Length)
        {
            _releases[_releaseCount++] = (sequence, bundle, epoch);
        }
    }

    /// <summary>Takes a bundle whose records are all here.</summary>
    public bool TryTakeRelease(out byte bundle, out Epoch epoch)
    {
        for (int i = 0; i < _releaseCount; i++)
        {
            if ((int)(_received - _releases[i].Sequence) >= 0)
            {
                (_, bundle, epoch) = _releases[i];
                _releases[i] = _releases[--_releaseCount];
                return true;
            }
        }

        (bundle, epoch) = (0, default);
        return false;
    }

    private bool Send(uint sequence, Span<byte> destination, out int length, Timestamp now)
    {
        int slot = (int)(sequence % Window);
        length = _lengths[slot];
        _bytes.AsSpan(slot * PopMessage.MaxBytes, length).CopyTo(destination);
        _sentAt[slot] = now;
        return true;
    }

    /// <summary>Makes the message that is being written one of a kind that has room for so many octets.</summary>
    private void Open(PopMessageKind kind, int octets)
    {
        if (_open > 0 && (_openKind != kind || PopMessage.Length + (_open * PopMessage.EntryLengthOf(kind)) + octets > PopMessage.MaxBytes))
        {
            Seal();
        }

        _openKind = kind;
    }

    private void Seal()
    {
        int slot = (int)(_next % Window);
        new PopMessage(_openKind, IsNode: true, _self, (ushort)_open, Stream, _next).Write(_bytes.AsSpan(slot * PopMessage.MaxBytes));
        _lengths[slot] = PopMessage.Length + (_open * PopMessage.EntryLengthOf(_openKind));
        _acked[slot] = false;
        (_open, _next) = (0, _next + 1);
    }
}
