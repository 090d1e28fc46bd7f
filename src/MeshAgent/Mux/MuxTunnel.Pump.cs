using Weft.MeshAgent.Tls;

namespace Weft.MeshAgent.Mux;

/// <content>Moving frames both ways.</content>
internal sealed partial class MuxTunnel
{
    /// <summary>Records of one direction before others on the loop get their turn.</summary>
    private const int Turns = 16;

    /// <summary>Less room than this in a record is not worth another read of an application.</summary>
    private const int LeastData = 256;

    private readonly Queue<Carrier> _wanting = new();
    private Carrier? _gathering;
    private int _gathered;

    /// <summary>Puts a carrier into the row of those that have something to send: each gets a turn before any gets another.</summary>
    public void Want(Carrier carrier)
    {
        if (!carrier.IsQueued && !_ended)
        {
            carrier.IsQueued = true;
            _wanting.Enqueue(carrier);
            _loop.Schedule(this);
        }
    }

    /// <summary>Has frames written that the session holds.</summary>
    public void WantControl()
    {
        if (!_ended && Session.HasControl)
        {
            _loop.Schedule(this);
        }
    }

    public void Continue()
    {
        bool more = !_ended && ReadRecords();
        DeliverGathered();
        more |= !_ended && WriteRecords();
        if (more && !_ended)
        {
            _loop.Schedule(this);
        }
    }

    private bool ReadRecords()
    {
        Span<byte> record = _loop.Scratch.AsSpan(0, TlsConnection.MaxPlaintext);
        for (int turn = 0; turn < Turns; turn++)
        {
            int count = _tls.Read(record, out TlsStatus status);
            if (count > 0)
            {
                ReadFrames(record[..count]);
                if (_ended)
                {
                    return false;
                }

                continue;
            }

            if (status == TlsStatus.Wait)
            {
                return false;
            }

            _loop.Counters.Values.Truncations += status == TlsStatus.Truncated ? 1 : 0;
            End(status == TlsStatus.Closed ? "the other side has closed it" : "the connection broke");
            return false;
        }

        return true;
    }

    private void ReadFrames(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            MuxViolation violation = Session.Read(bytes, out int consumed, out MuxEvent happened);
            if (violation != MuxViolation.None)
            {
                _loop.Counters.Values.MuxViolations++;
                _agent.Tell(MeshAgentEventKind.MuxViolation, $"{_tls.Peer.Id} broke the protocol of streams: {violation}");
                End(violation.ToString());
                return;
            }

            bytes = bytes[consumed..];
            Handle(happened);
            if (_ended)
            {
                return;
            }
        }
    }

    private void Handle(in MuxEvent happened)
    {
        var carrier = (Carrier?)happened.Stream?.Carrier;
        if (happened.Kind == MuxEventKind.Data)
        {
            Gather(carrier, happened.Data);
            return;
        }

        if (_gathering == carrier)
        {
            DeliverGathered(); // what is said of a stream comes after its data
        }

        switch (happened.Kind)
        {
            case MuxEventKind.Ready:
                _link?.OnReady(this);
                break;
            case MuxEventKind.Opened:
                OpenByPeer(happened.Stream!);
                break;
            case MuxEventKind.Finished:
                carrier?.FinishByPeer();
                break;
            case MuxEventKind.Reset:
                carrier?.ResetByPeer(happened.Reason);
                break;
            case MuxEventKind.Credit:
                carrier?.WantToSend();
                break;
        }
    }

    // Records of one stream that follow each other go to the application together: a system call costs more than a copy.
    private void Gather(Carrier? carrier, ReadOnlySpan<byte> data)
    {
        byte[] gathered = _loop.GatherScratch;
        if (_gathering != carrier || gathered.Length - _gathered < data.Length)
        {
            DeliverGathered();
        }

        _gathering = carrier;
        data.CopyTo(gathered.AsSpan(_gathered));
        _gathered += data.Length;
    }

    private void DeliverGathered()
    {
        (Carrier? carrier, int length) = (_gathering, _gathered);
        _gathering = null;
        _gathered = 0;
        if (length > 0 && !_ended)
        {
            carrier?.Deliver(_loop.GatherScratch.AsSpan(0, length));
        }
    }

    private bool WriteRecords()
    {
        Span<byte> record = _loop.SecondScratch.AsSpan(0, TlsConnection.MaxPlaintext);
        for (int turn = 0; turn < Turns; turn++)
        {
            if (_tls.IsCongested && !Flush())
            {
                return false;
            }

            int length = Session.WriteControl(record);
            length += WriteData(record[length..]);
            if (length == 0)
            {
                return Flush() && Session.HasControl;
            }

            if (!_tls.Write(record[..length]) || !RenewKeys())
            {
                End("the connection broke");
                return false;
            }
        }

        return Flush();
    }

    private int WriteData(Span<byte> room)
    {
        int length = 0;
        for (int left = _wanting.Count; left > 0 && room.Length - length >= MuxSession.HeaderLength + LeastData; left--)
        {
            Carrier carrier = _wanting.Dequeue();
            carrier.IsQueued = false;
            MuxStream? stream = carrier.Stream;
            int credit = stream is null || carrier.Tunnel != this ? 0 : Math.Min(MuxSession.SendableOf(stream), room.Length - length - MuxSession.HeaderLength);
            if (credit == 0)
            {
                continue; // credit, when it comes, puts it back
            }

            int count = carrier.Fill(room.Slice(length + MuxSession.HeaderLength, credit), out bool hasMore);
            if (count > 0)
            {
                MuxSession.WriteDataHeader(room[length..], stream!, count);
                length += MuxSession.HeaderLength + count;
            }

            if (hasMore && !carrier.IsQueued)
            {
                carrier.IsQueued = true;
                _wanting.Enqueue(carrier);
            }
        }

        return length;
    }

    /// <returns>False if records wait for the socket, or if it broke.</returns>
    private bool Flush()
    {
        TlsStatus status = _tls.Flush();
        if (status == TlsStatus.Failed)
        {
            End("the connection broke");
        }

        return status == TlsStatus.Done;
    }

    private bool RenewKeys()
    {
        bool alive = _tls.RenewKeys(_agent.Options.RecordsPerKey, out bool renewed);
        _loop.Counters.Values.KeyUpdates += renewed ? 1 : 0;
        return alive;
    }
}
