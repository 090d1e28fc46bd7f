using System.Buffers.Binary;

namespace Weft.MeshAgent.Mux;

/// <summary>
/// The protocol of a shared TLS connection without the connection: bytes come in and events go out, orders come in and frames go out.
/// Bounded in memory by the number of streams; the bytes of streams pass through and are not kept here.
/// </summary>
/// <remarks>
/// One side, the initiator, opens streams. Reading (<see cref="Read"/>) is in MuxSession.Reading.cs. Not safe for several threads.
/// </remarks>
internal sealed partial class MuxSession
{
    /// <summary>Bytes of a frame's header.</summary>
    public const int HeaderLength = 8;

    /// <summary>Most bytes of a frame's payload: with the header it is one TLS record.</summary>
    public const int MaxPayload = 16_384 - HeaderLength;

    /// <summary>Most bytes that <see cref="WriteControl"/> may write for one frame.</summary>
    public const int MaxControlFrame = HeaderLength + MuxFlow.MaxLength;

    private const byte Version = 1;
    private const int SettingsLength = 9;

    private readonly bool _isInitiator;
    private readonly int _credit;
    private readonly int _maxStreams;
    private readonly Dictionary<uint, MuxStream> _streams = [];
    private readonly Queue<MuxStream> _pending = new();
    private uint _lastId;
    private int _peerCredit;
    private int _peerMaxStreams;
    private bool _settingsWritten;
    private bool _goAwayPending;
    private bool _goAwaySent;

    /// <summary>Creates a side.</summary>
    /// <param name="isInitiator">True for the one that opens streams.</param>
    /// <param name="credit">Bytes that the other side may send ahead in each stream.</param>
    /// <param name="maxStreams">Most streams that the other side may have open.</param>
    public MuxSession(bool isInitiator, int credit, int maxStreams)
    {
        _isInitiator = isInitiator;
        _credit = credit;
        _maxStreams = maxStreams;
    }

    /// <summary>Streams that are not gone, broken ones that the other side has not confirmed included.</summary>
    public int Count => _streams.Count;

    /// <summary>True once the other side's settings have come.</summary>
    public bool IsReady { get; private set; }

    /// <summary>True once the other side wants no new streams.</summary>
    public bool IsPeerLeaving { get; private set; }

    /// <summary>True if frames wait for <see cref="WriteControl"/>.</summary>
    public bool HasControl => !_settingsWritten || _goAwayPending || _pending.Count > 0;

    /// <summary>True if a stream could be opened now.</summary>
    public bool CanOpen => IsReady && !IsPeerLeaving && !_goAwaySent && !_goAwayPending && _streams.Count < _peerMaxStreams && _lastId < uint.MaxValue;

    /// <summary>The streams.</summary>
    public IEnumerable<MuxStream> Streams => _streams.Values;

    /// <summary>Opens a stream; false if that may not be now (<see cref="CanOpen"/>).</summary>
    public bool TryOpen(in MuxFlow flow, object? carrier, out MuxStream? stream)
    {
        stream = null;
        if (!_isInitiator || !CanOpen)
        {
            return false;
        }

        stream = Add(++_lastId, flow, _peerCredit);
        stream.Carrier = carrier;
        Queue(stream, MuxPending.Open);
        return true;
    }

    /// <summary>Says that the application has accepted a stream; after <see cref="Finish"/> it would say nothing new, and is left out.</summary>
    public void Accept(MuxStream stream)
    {
        if (!stream.IsGone && !stream.IsReset && !stream.IsFinished)
        {
            stream.IsAccepted = true;
            Queue(stream, MuxPending.Accept);
        }
    }

    /// <summary>Says that no more bytes come; those that are to come before must have been written.</summary>
    public void Finish(MuxStream stream)
    {
        if (!stream.IsGone && !stream.IsReset && !stream.IsFinished)
        {
            stream.IsFinished = true;
            Queue(stream, MuxPending.Finish);
        }
    }

    /// <summary>Breaks a stream. The caller hears no more of it.</summary>
    public void Reset(MuxStream stream, MuxReset reason)
    {
        if (!stream.IsGone && !stream.IsReset)
        {
            stream.IsReset = true;
            stream.ResetReason = reason;
            stream.Pending &= MuxPending.Open; // the other side must have heard of it before it can hear of its end
            Queue(stream, MuxPending.Reset);
        }
    }

    /// <summary>Gives credit back for bytes that the application has read.</summary>
    public void Consumed(MuxStream stream, int bytes)
    {
        stream.Unreturned += bytes;
        if (stream.Unreturned >= _credit / 2 && !stream.IsGone && !stream.IsReset && !stream.IsPeerFinished)
        {
            Queue(stream, MuxPending.Credit);
        }
    }

    /// <summary>Asks the other side to open no more streams.</summary>
    public void GoAway()
    {
        if (!_goAwaySent)
        {
            _goAwayPending = true;
        }
    }

    /// <summary>Bytes of data that one frame of a stream may have now.</summary>
    public static int SendableOf(MuxStream stream) =>
        stream.IsGone || stream.IsReset || stream.IsFinished ? 0 : Math.Min(stream.SendCredit, MaxPayload);

    /// <summary>Writes the header before data that the caller has put behind it, and takes its credit.</summary>
    /// <param name="destination">Room for <see cref="HeaderLength"/> bytes.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="length">Bytes of data, 1 to <see cref="SendableOf"/>.</param>
    public static void WriteDataHeader(Span<byte> destination, MuxStream stream, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, SendableOf(stream));
        stream.SendCredit -= length;
        WriteHeader(destination, MuxFrameType.Data, stream.Id, length);
    }

    /// <summary>Writes frames that carry no data, as many as there are and fit. They go before data that is written later.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteControl(Span<byte> destination)
    {
        int written = 0;
        if (!_settingsWritten && destination.Length >= HeaderLength + SettingsLength)
        {
            _settingsWritten = true;
            WriteHeader(destination, MuxFrameType.Settings, 0, SettingsLength);
            destination[8] = Version;
            BinaryPrimitives.WriteInt32BigEndian(destination[9..], _credit);
            BinaryPrimitives.WriteInt32BigEndian(destination[13..], _maxStreams);
            written = HeaderLength + SettingsLength;
        }

        if (_goAwayPending && _settingsWritten && destination.Length - written >= HeaderLength)
        {
            _goAwayPending = false;
            _goAwaySent = true;
            WriteHeader(destination[written..], MuxFrameType.GoAway, 0, 0);
            written += HeaderLength;
        }

        while (_settingsWritten && destination.Length - written >= MaxControlFrame && _pending.TryPeek(out MuxStream? stream))
        {
            if (stream.Pending != MuxPending.None) // what waited may have become pointless
            {
                written += WriteFrame(destination[written..], stream);
            }

            if (stream.Pending == MuxPending.None)
            {
                _ = _pending.Dequeue();
                stream.IsQueued = false;
                RemoveIfOver(stream);
            }
        }

        return written;
    }

    private static int WriteFrame(Span<byte> destination, MuxStream stream)
    {
        var next = (MuxPending)((byte)stream.Pending & -(sbyte)stream.Pending);
        stream.Pending &= ~next;
        int payload = 0;
        switch (next)
        {
            case MuxPending.Open:
                payload = stream.Flow.Write(destination[HeaderLength..]);
                WriteHeader(destination, MuxFrameType.Open, stream.Id, payload);
                break;
            case MuxPending.Accept:
                WriteHeader(destination, MuxFrameType.Accept, stream.Id, 0);
                break;
            case MuxPending.Credit:
                payload = sizeof(int);
                BinaryPrimitives.WriteInt32BigEndian(destination[HeaderLength..], stream.Unreturned);
                stream.ReceiveCredit += stream.Unreturned;
                stream.Unreturned = 0;
                WriteHeader(destination, MuxFrameType.Credit, stream.Id, payload);
                break;
            case MuxPending.Finish:
                WriteHeader(destination, MuxFrameType.Finish, stream.Id, 0);
                break;
            case MuxPending.Reset:
                payload = 1;
                destination[HeaderLength] = (byte)stream.ResetReason;
                WriteHeader(destination, MuxFrameType.Reset, stream.Id, payload);
                break;
        }

        return HeaderLength + payload;
    }

    private static void WriteHeader(Span<byte> destination, MuxFrameType type, uint stream, int length)
    {
        destination[0] = (byte)type;
        destination[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], stream);
    }

    private MuxStream Add(uint id, in MuxFlow flow, int sendCredit)
    {
        var stream = new MuxStream { Id = id, Flow = flow, SendCredit = sendCredit, ReceiveCredit = _credit };
        _streams.Add(id, stream);
        return stream;
    }

    private void Queue(MuxStream stream, MuxPending frame)
    {
        stream.Pending |= frame;
        if (!stream.IsQueued)
        {
            stream.IsQueued = true;
            _pending.Enqueue(stream);
        }
    }

    /// <summary>Forgets a stream once both sides have said their last word and ours has been written.</summary>
    private void RemoveIfOver(MuxStream stream)
    {
        bool over = stream.IsReset ? stream.IsPeerReset || stream.IsPeerFinished : stream.IsFinished && stream.IsPeerFinished;
        if (over && stream.Pending == MuxPending.None && !stream.IsGone)
        {
            stream.IsGone = true;
            _streams.Remove(stream.Id);
        }
    }
}
