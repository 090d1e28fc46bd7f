using Weft.Packets;

namespace Weft.Ports;

/// <summary>One end of a <see cref="MemoryLink"/>. Disposing it does nothing; the link owns the memory.</summary>
public sealed class MemoryPort : IPort
{
    private readonly MemoryLink _link;
    private readonly MemoryLane _outgoing;
    private readonly MemoryLane _incoming;
    private PortCounters _counters;

    internal MemoryPort(string name, MemoryLink link, MemoryLane outgoing, MemoryLane incoming, int maxFrameBytes)
    {
        Name = name;
        _link = link;
        _outgoing = outgoing;
        _incoming = incoming;
        Capabilities = new PortCapabilities("memory", maxFrameBytes, IsLive: false);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PortCapabilities Capabilities { get; }

    /// <summary>Down while the link is cut; ended once the far end has completed and its last frame was taken.</summary>
    public PortStatus Status
    {
        get
        {
            if (_incoming.IsComplete && _incoming.IsEmpty)
            {
                return PortStatus.Ended;
            }

            return _link.IsUp ? PortStatus.Up : PortStatus.Down;
        }
    }

    /// <inheritdoc/>
    public ref readonly PortCounters Counters => ref _counters;

    /// <summary>-1: memory has no descriptor.</summary>
    public int PollDescriptor => -1;

    /// <inheritdoc/>
    public Timestamp NextArrival => _incoming.NextArrival;

    /// <inheritdoc/>
    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        int received = 0;
        while (received < burst.Length && _incoming.TryPeek(now, out ReadOnlySpan<byte> frame))
        {
            if (frame.Length > pool.MaxPacketBytes)
            {
                _counters.ReceivedOversize++;
                _incoming.Leave();
                continue;
            }

            if (!pool.TryRent(out Packet packet))
            {
                break;
            }

            _ = pool.TrySetLength(ref packet, frame.Length);
            frame.CopyTo(pool.Bytes(packet));
            _incoming.Leave();
            _counters.ReceivedFrames++;
            _counters.ReceivedBytes += packet.Length;
            burst[received++] = packet;
        }

        return received;
    }

    /// <inheritdoc/>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        int sent = 0;
        while (sent < burst.Length && TrySend(pool.Bytes(burst[sent]), now))
        {
            sent++;
        }

        return sent;
    }

    /// <summary>Sends one frame without a pool, as the far side of a test does.</summary>
    /// <returns>False if the direction is full and the frame was not taken; frames refused one by one are taken and counted.</returns>
    public bool TrySend(ReadOnlySpan<byte> frame, Timestamp now)
    {
        if (!_link.IsUp)
        {
            _counters.SendDown++;
        }
        else if (frame.Length > Capabilities.MaxFrameBytes)
        {
            _counters.SendOversize++;
        }
        else if (_outgoing.IsFull)
        {
            _counters.SendBusy++;
            return false;
        }
        else
        {
            _outgoing.Enter(frame, now);
            _counters.SentFrames++;
            _counters.SentBytes += frame.Length;
        }

        return true;
    }

    /// <summary>Receives one frame without a pool, as the far side of a test does.</summary>
    /// <param name="buffer">Where it goes; a longer frame is lost and counted as oversize.</param>
    /// <param name="now">Frames that arrive later than this are not there yet.</param>
    /// <param name="length">Bytes of the frame.</param>
    /// <returns>False if no frame has arrived.</returns>
    public bool TryReceive(Span<byte> buffer, Timestamp now, out int length)
    {
        length = 0;
        while (_incoming.TryPeek(now, out ReadOnlySpan<byte> frame))
        {
            bool fits = frame.TryCopyTo(buffer);
            length = frame.Length;
            _incoming.Leave();
            if (fits)
            {
                _counters.ReceivedFrames++;
                _counters.ReceivedBytes += length;
                return true;
            }

            _counters.ReceivedOversize++;
        }

        length = 0;
        return false;
    }

    /// <summary>Says that this end sends no more, so that the far end is <see cref="PortStatus.Ended"/> once it has drained.</summary>
    public void Complete() => _outgoing.IsComplete = true;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
