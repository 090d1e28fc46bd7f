using System.Buffers.Binary;

namespace Weft.MeshAgent.Mux;

/// <content>Reading a peer's frames, however they are cut.</content>
internal sealed partial class MuxSession
{
    /// <summary>Credit that a peer may give in all at a time.</summary>
    private const int MaxCredit = 1 << 30;

    private readonly byte[] _partial = new byte[MaxControlFrame];
    private int _partialLength;
    private MuxStream? _dataStream;
    private int _dataLeft;

    /// <summary>Reads up to the next event.</summary>
    /// <param name="bytes">Bytes from the connection, without those that were consumed before.</param>
    /// <param name="consumed">How many were consumed; call again with the rest, until there is none.</param>
    /// <param name="happened">What they mean; <see cref="MuxEventKind.None"/> if more bytes are needed or nothing has to be done.</param>
    /// <returns>Whether the peer keeps to the protocol; if not, the connection is over.</returns>
    public MuxViolation Read(ReadOnlySpan<byte> bytes, out int consumed, out MuxEvent happened)
    {
        happened = default;
        if (_dataLeft > 0)
        {
            consumed = Math.Min(_dataLeft, bytes.Length);
            _dataLeft -= consumed;
            happened = DataEvent(bytes[..consumed]);
            return MuxViolation.None;
        }

        consumed = Gather(bytes, HeaderLength);
        if (_partialLength < HeaderLength)
        {
            return MuxViolation.None;
        }

        var type = (MuxFrameType)_partial[0];
        int length = BinaryPrimitives.ReadUInt16BigEndian(_partial.AsSpan(2));
        uint id = BinaryPrimitives.ReadUInt32BigEndian(_partial.AsSpan(4));
        MuxViolation violation = CheckHeader(type, length, id);
        if (violation != MuxViolation.None)
        {
            return violation;
        }

        if (type == MuxFrameType.Data)
        {
            _partialLength = 0;
            return BeginData(id, length);
        }

        consumed += Gather(bytes[consumed..], HeaderLength + length);
        if (_partialLength < HeaderLength + length)
        {
            return MuxViolation.None;
        }

        _partialLength = 0;
        ReadOnlySpan<byte> payload = _partial.AsSpan(HeaderLength, length);
        return type switch
        {
            MuxFrameType.Settings => ReadSettings(payload, ref happened),
            MuxFrameType.GoAway => ReadGoAway(ref happened),
            MuxFrameType.Open => ReadOpen(id, payload, ref happened),
            _ => ReadOfStream(type, id, payload, ref happened),
        };
    }

    private MuxViolation CheckHeader(MuxFrameType type, int length, uint id)
    {
        if (type > MuxFrameType.GoAway)
        {
            return MuxViolation.UnknownFrame;
        }

        if (_partial[1] != 0)
        {
            return MuxViolation.FlagsSet;
        }

        if (IsReady == (type == MuxFrameType.Settings))
        {
            return IsReady ? MuxViolation.SettingsTwice : MuxViolation.SettingsMissing;
        }

        if ((id == 0) != (type is MuxFrameType.Settings or MuxFrameType.GoAway))
        {
            return MuxViolation.StreamZero;
        }

        bool fits = type switch
        {
            MuxFrameType.Settings => length == SettingsLength,
            MuxFrameType.Open => length <= MuxFlow.MaxLength,
            MuxFrameType.Data => length is >= 1 and <= MaxPayload,
            MuxFrameType.Reset => length == 1,
            MuxFrameType.Credit => length == sizeof(int),
            _ => length == 0,
        };
        return fits ? MuxViolation.None : MuxViolation.WrongLength;
    }

    private MuxViolation ReadSettings(ReadOnlySpan<byte> payload, ref MuxEvent happened)
    {
        int credit = BinaryPrimitives.ReadInt32BigEndian(payload[1..]);
        int streams = BinaryPrimitives.ReadInt32BigEndian(payload[5..]);
        if (payload[0] != Version)
        {
            return MuxViolation.UnknownVersion;
        }

        if (credit is < 1 or > MaxCredit || streams < 1)
        {
            return MuxViolation.SettingsUnusable;
        }

        _peerCredit = credit;
        _peerMaxStreams = streams;
        IsReady = true;
        happened = new MuxEvent { Kind = MuxEventKind.Ready };
        return MuxViolation.None;
    }

    private MuxViolation ReadGoAway(ref MuxEvent happened)
    {
        IsPeerLeaving = true;
        happened = new MuxEvent { Kind = MuxEventKind.GoAway };
        return MuxViolation.None;
    }

    private MuxViolation ReadOpen(uint id, ReadOnlySpan<byte> payload, ref MuxEvent happened)
    {
        if (_isInitiator)
        {
            return MuxViolation.OpenByAcceptor;
        }

        if (id <= _lastId)
        {
            return MuxViolation.StreamIdReused;
        }

        if (!MuxFlow.TryRead(payload, out MuxFlow flow))
        {
            return MuxViolation.OpenUnreadable;
        }

        // It was told how many. Streams that it broke and that this side has not confirmed yet it may have forgotten already.
        if (_streams.Count >= 2 * _maxStreams)
        {
            return MuxViolation.TooManyStreams;
        }

        _lastId = id;
        happened = new MuxEvent { Kind = MuxEventKind.Opened, Stream = Add(id, flow, _peerCredit) };
        return MuxViolation.None;
    }

    private MuxViolation ReadOfStream(MuxFrameType type, uint id, ReadOnlySpan<byte> payload, ref MuxEvent happened)
    {
        if (!_streams.TryGetValue(id, out MuxStream? stream))
        {
            // What was under way when this side forgot the stream. Credit and resets are all that a peer may still have to say.
            return id > _lastId ? MuxViolation.StreamNeverOpened
                : type is MuxFrameType.Credit or MuxFrameType.Reset ? MuxViolation.None
                : MuxViolation.DataAfterEnd;
        }

        return type switch
        {
            MuxFrameType.Accept => ReadAccept(stream, ref happened),
            MuxFrameType.Finish => ReadFinish(stream, ref happened),
            MuxFrameType.Reset => ReadReset(stream, payload[0], ref happened),
            _ => ReadCredit(stream, BinaryPrimitives.ReadInt32BigEndian(payload), ref happened),
        };
    }

    private MuxViolation ReadAccept(MuxStream stream, ref MuxEvent happened)
    {
        if (!_isInitiator)
        {
            return MuxViolation.AcceptByInitiator;
        }

        if (stream.IsAccepted)
        {
            return MuxViolation.AcceptTwice;
        }

        stream.IsAccepted = true;
        happened = Tell(MuxEventKind.Accepted, stream);
        return MuxViolation.None;
    }

    private MuxViolation ReadFinish(MuxStream stream, ref MuxEvent happened)
    {
        if (stream.IsPeerFinished)
        {
            return MuxViolation.FinishTwice;
        }

        stream.IsPeerFinished = true;
        stream.Pending &= ~MuxPending.Credit; // nobody is left to use it
        happened = Tell(MuxEventKind.Finished, stream);
        RemoveIfOver(stream);
        return MuxViolation.None;
    }

    private MuxViolation ReadReset(MuxStream stream, byte reason, ref MuxEvent happened)
    {
        if (stream.IsPeerReset)
        {
            return MuxViolation.ResetTwice;
        }

        stream.IsPeerReset = true;
        happened = Tell(MuxEventKind.Reset, stream) is { Kind: MuxEventKind.Reset }
            ? new MuxEvent { Kind = MuxEventKind.Reset, Stream = stream, Reason = reason <= (byte)MuxReset.Leaving ? (MuxReset)reason : MuxReset.Broken }
            : default;
        Reset(stream, MuxReset.Broken);
        RemoveIfOver(stream);
        return MuxViolation.None;
    }

    private static MuxViolation ReadCredit(MuxStream stream, int credit, ref MuxEvent happened)
    {
        if (credit <= 0)
        {
            return MuxViolation.CreditZero;
        }

        if (credit > MaxCredit - stream.SendCredit)
        {
            return MuxViolation.CreditOverflow;
        }

        stream.SendCredit += credit;
        happened = Tell(MuxEventKind.Credit, stream);
        return MuxViolation.None;
    }

    private MuxViolation BeginData(uint id, int length)
    {
        if (!_streams.TryGetValue(id, out MuxStream? stream))
        {
            return id > _lastId ? MuxViolation.StreamNeverOpened : MuxViolation.DataAfterEnd;
        }

        if (stream.IsPeerFinished || stream.IsPeerReset)
        {
            return MuxViolation.DataAfterFinish;
        }

        if (length > stream.ReceiveCredit)
        {
            return MuxViolation.CreditExceeded;
        }

        stream.ReceiveCredit -= length;
        _dataStream = stream;
        _dataLeft = length;
        return MuxViolation.None;
    }

    // A stream may be broken by this side between two pieces of a frame.
    private MuxEvent DataEvent(ReadOnlySpan<byte> data) =>
        _dataStream!.IsReset ? default : new MuxEvent { Kind = MuxEventKind.Data, Stream = _dataStream, Data = data };

    // Who broke a stream has closed its socket and wants to hear nothing of it.
    private static MuxEvent Tell(MuxEventKind kind, MuxStream stream) => stream.IsReset ? default : new MuxEvent { Kind = kind, Stream = stream };

    private int Gather(ReadOnlySpan<byte> bytes, int until)
    {
        int length = Math.Clamp(until - _partialLength, 0, bytes.Length);
        bytes[..length].CopyTo(_partial.AsSpan(_partialLength));
        _partialLength += length;
        return length;
    }
}
