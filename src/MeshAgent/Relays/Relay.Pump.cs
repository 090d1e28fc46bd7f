using Weft.MeshAgent.Loops;
using Weft.MeshAgent.Tls;

namespace Weft.MeshAgent.Relays;

/// <content>Moving bytes, both ways, until a side has no more or takes no more.</content>
internal sealed partial class Relay
{
    /// <summary>Bytes that are read from the application at once: four records, one system call.</summary>
    private const int Chunk = 4 * TlsConnection.MaxPlaintext;

    /// <summary>Chunks of one direction before others on the loop get their turn.</summary>
    private const int Turns = 4;

    private byte[]? _kept;
    private int _keptStart;
    private int _keptEnd;
    private bool _outDone;
    private bool _outFlushed;
    private bool _inEnded;
    private bool _inDone;
    private long _lastMoved;

    private void Pump()
    {
        bool more = PumpOut();
        more |= _phase == Phase.Open && PumpIn();
        if (_phase != Phase.Open)
        {
            return;
        }

        if (_outDone && _inDone && !_tls!.HasOutput)
        {
            _loop.Counters.Values.Completed++;
            Release(reset: false);
        }
        else if (more)
        {
            _loop.Schedule(this);
        }
    }

    /// <summary>From the application into TLS.</summary>
    /// <returns>True if there may be more at once.</returns>
    private bool PumpOut()
    {
        for (int turn = 0; turn < Turns; turn++)
        {
            switch (_tls!.Flush())
            {
                case TlsStatus.Failed when !_outFlushed:
                    Abort();
                    return false;
                case TlsStatus.Failed or TlsStatus.Wait:
                    return false;
            }

            if (_outDone)
            {
                _outFlushed = true; // what may still go out answers what is read; whether it arrives changes nothing
                return false;
            }

            Span<byte> chunk = _loop.Scratch.AsSpan(0, Chunk);
            int count = _plain!.Receive(chunk);
            if (count == LoopSocket.WouldBlock)
            {
                return false;
            }

            if (count == 0)
            {
                _outDone = true;
                _tls.CloseNotify();
                continue;
            }

            if (count < 0 || !_tls.Write(chunk[..count]))
            {
                Abort();
                return false;
            }

            if (!RenewKeys(_tls))
            {
                return false;
            }

            _lastMoved = _loop.Now;
            _loop.Counters.Values.BytesEncrypted += count;
        }

        return true;
    }

    /// <summary>From TLS to the application.</summary>
    /// <returns>True if there may be more at once.</returns>
    private bool PumpIn()
    {
        for (int turn = 0; turn < Turns; turn++)
        {
            if (!SendKept())
            {
                return false;
            }

            if (_inEnded)
            {
                if (!_inDone)
                {
                    _inDone = true;
                    _plain!.ShutdownSend();
                }

                return false;
            }

            TlsStatus status = TlsStatus.Done;
            int filled = 0;
            byte[] scratch = _loop.Scratch;
            while (status == TlsStatus.Done && filled + TlsConnection.MaxPlaintext <= scratch.Length)
            {
                filled += _tls!.Read(scratch.AsSpan(filled), out status);
            }

            if (filled > 0 && (!Deliver(scratch.AsSpan(0, filled)) || !RenewKeys(_tls!)))
            {
                return false;
            }

            switch (status)
            {
                case TlsStatus.Wait:
                    _ = _tls!.Flush(); // reading may have made an answer
                    return false;
                case TlsStatus.Closed:
                    _inEnded = true;
                    break;
                case TlsStatus.Truncated:
                    _loop.Counters.Values.Truncations++;
                    Abort();
                    return false;
                case TlsStatus.Failed:
                    Abort();
                    return false;
            }
        }

        return true;
    }

    private bool Deliver(ReadOnlySpan<byte> bytes)
    {
        _lastMoved = _loop.Now;
        _loop.Counters.Values.BytesDecrypted += bytes.Length;
        int sent = _plain!.Send(bytes);
        if (sent == LoopSocket.Broken)
        {
            Abort();
            return false;
        }

        sent = Math.Max(sent, 0);
        if (sent < bytes.Length)
        {
            _kept ??= _loop.Buffers.Rent();
            bytes[sent..].CopyTo(_kept);
            _keptStart = 0;
            _keptEnd = bytes.Length - sent;
        }

        return true;
    }

    /// <summary>Sends what the application did not take before.</summary>
    /// <returns>False if it still takes no more, or if the relay has ended.</returns>
    private bool SendKept()
    {
        while (_keptEnd > _keptStart)
        {
            int sent = _plain!.Send(_kept.AsSpan(_keptStart.._keptEnd));
            if (sent == LoopSocket.Broken)
            {
                Abort();
                return false;
            }

            if (sent == LoopSocket.WouldBlock)
            {
                return false;
            }

            _keptStart += sent;
        }

        ReturnKept();
        return true;
    }

    private void ReturnKept()
    {
        if (_kept is not null)
        {
            _loop.Buffers.Return(_kept);
            _kept = null;
            _keptStart = 0;
            _keptEnd = 0;
        }
    }

    private bool RenewKeys(TlsConnection tls)
    {
        // After close_notify nothing may be sent.
        bool renewed = false;
        bool alive = _outDone || tls.RenewKeys(_agent.Options.RecordsPerKey, out renewed);
        _loop.Counters.Values.KeyUpdates += renewed ? 1 : 0;
        if (!alive)
        {
            Abort();
        }

        return alive;
    }
}
