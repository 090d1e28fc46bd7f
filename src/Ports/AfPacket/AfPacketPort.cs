using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.AfPacket;
using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>
/// A network device of the kernel through packet sockets: a veth end, a physical card, anything that speaks Ethernet.
/// Frames come out whole: VLAN tags that the kernel took off are back, checksums and segmentation that a sender left to the
/// device are done.
/// </summary>
/// <remarks>
/// A device that goes down or away makes the port <see cref="PortStatus.Down"/>; it looks for the device by name, on the
/// clock of its calls, and goes on when it is back. Attaching opens sockets and maps memory; nothing else allocates. The
/// kernel's own stack sees every received frame too: give the device no address and leave forwarding off.
/// </remarks>
public sealed class AfPacketPort : IMultiQueuePort
{
    /// <summary>How often the carrier is looked at: a bridge node gives its role away when it goes, and every moment until then is an outage.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan BusyCheckInterval = TimeSpan.FromMilliseconds(1);
    private readonly AfPacketOptions _options;
    private readonly BurstSender _sender = new();
    private readonly OffloadedReceiver _receiver = new();
    private AfPacketAttachment? _attachment;
    private PortCounters _counters;
    private Backoff _backoff;
    private Timestamp _nextCheck;

    /// <summary>Opens a port.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device and how.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused: no such device, no privilege, no memory for the ring.</exception>
    public AfPacketPort(string name, AfPacketOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Name = name;
        _options = options;
        Capabilities = CapabilitiesFor(default);
        AfPacketAttachment? attachment = AfPacketAttachment.TryOpen(options);
        if (attachment is not null)
        {
            Adopt(attachment);
        }
        else if (options.DeviceMustExist)
        {
            throw new IOException($"there is no network device {options.Device}{(options.NetworkNamespace is { } space ? $" in the network namespace {space}" : "")}");
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PortCapabilities Capabilities { get; private set; }

    /// <inheritdoc/>
    public PortStatus Status { get; private set; } = PortStatus.Down;

    /// <summary>Why the last attempt to come back failed; null if it did not.</summary>
    public string? LastError { get; private set; }

    /// <summary>
    /// What has passed and what has not. Frames that the kernel dropped because the ring was full are fetched every 100
    /// milliseconds.
    /// </summary>
    public ref readonly PortCounters Counters => ref _counters;

    /// <inheritdoc/>
    public int PollDescriptor => _attachment?.Receiver ?? -1;

    /// <summary>Unknown: a live device tells nobody.</summary>
    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <inheritdoc/>
    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        if (now >= _nextCheck)
        {
            Check(now);
        }

        return _attachment is null || _options.SendsOnly ? 0 : _receiver.Receive(_attachment, pool, burst, ref _counters);
    }

    /// <inheritdoc/>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        if (now >= _nextCheck)
        {
            Check(now);
        }

        int done = 0;
        while (done < burst.Length)
        {
            if (Status != PortStatus.Up)
            {
                _counters.SendDown += burst.Length - done;
                return burst.Length;
            }

            int count = Prepare(pool, burst[done..]);
            if (count == 0)
            {
                _counters.SendOversize++;
                done++;
                continue;
            }

            int sent = _sender.Send(_attachment!.Sender, count);
            if (sent > 0)
            {
                CountSent(burst.Slice(done, sent));
                done += sent;
            }
            else if (!TrySkip(Marshal.GetLastSystemError(), now))
            {
                if (Status == PortStatus.Up)
                {
                    _counters.SendBusy++;
                    return done;
                }
            }
            else
            {
                done++;
            }
        }

        return done;
    }

    /// <summary>Opens a handle that sends through a socket of its own; what arrives, this port alone receives.</summary>
    public IPort TryOpenQueue() => new AfPacketPort(Name, _options with { SendsOnly = true, DeviceMustExist = false });

    /// <summary>Closes the sockets and unmaps the ring.</summary>
    public void Dispose()
    {
        Detach();
        _sender.Dispose();
        _receiver.Dispose();
    }

    /// <summary>Points the sender at the frames up to the first that the device would refuse for its length.</summary>
    private int Prepare(PacketPool pool, ReadOnlySpan<Packet> burst)
    {
        int count = 0;
        int limit = Math.Min(burst.Length, BurstSender.MaxFrames);
        while (count < limit && burst[count].Length <= Capabilities.MaxFrameBytes)
        {
            _sender.Set(count, pool.Address(burst[count]), burst[count].Length);
            count++;
        }

        return count;
    }

    private void CountSent(ReadOnlySpan<Packet> sent)
    {
        _counters.SentFrames += sent.Length;
        foreach (ref readonly Packet packet in sent)
        {
            _counters.SentBytes += packet.Length;
        }
    }

    /// <summary>Judges a refused send: true if the frame itself is at fault and counted, false if the device is busy or down.</summary>
    private bool TrySkip(int errno, Timestamp now)
    {
        switch (errno)
        {
            case Libc.EMSGSIZE:
                _counters.SendOversize++;
                return true;
            case Libc.EAGAIN or Libc.EINTR:
                return false;
            case Libc.ENOBUFS or Libc.ENOMEM when now < _nextCheck - CheckInterval + BusyCheckInterval:
                return false;
            case Libc.ENOBUFS or Libc.ENOMEM or Libc.ENETDOWN or Libc.ENXIO or Libc.ENODEV:
                // A device without a carrier answers "no buffers" for ever, so ask what it really is; but not for every
                // refusal of one that is merely busy.
                Check(now);
                return false;
            default:
                _counters.SendRejected++;
                return true;
        }
    }

    private void Check(Timestamp now)
    {
        _nextCheck = now + CheckInterval;
        if (_attachment is not null)
        {
            _counters.ReceivedLost += _attachment.TakeDrops();
            if (_attachment.Refresh())
            {
                Follow(_attachment.State);
                return;
            }

            Detach();
        }

        if (_backoff.IsDue(now))
        {
            Attach(now);
        }
    }

    private void Attach(Timestamp now)
    {
        try
        {
            if (AfPacketAttachment.TryOpen(_options) is { } attachment)
            {
                Adopt(attachment);
                LastError = null;
                _backoff.Reset();
                return;
            }

            LastError = $"there is no network device {_options.Device}";
        }
        catch (IOException refused)
        {
            LastError = refused.Message;
        }

        _backoff.Failed(now);
    }

    private void Adopt(AfPacketAttachment attachment)
    {
        _attachment = attachment;
        Follow(attachment.State);
    }

    private void Follow(DeviceState state)
    {
        Status = state.IsUp ? PortStatus.Up : PortStatus.Down;
        if (Capabilities.MaxFrameBytes != state.Mtu + DeviceState.FramingBytes)
        {
            Capabilities = CapabilitiesFor(state);
        }
    }

    private void Detach()
    {
        Status = PortStatus.Down;
        _receiver.Abandon();
        _attachment?.Dispose();
        _attachment = null;
    }

    private static PortCapabilities CapabilitiesFor(DeviceState state) =>
        new("af_packet", state.Exists ? state.Mtu + DeviceState.FramingBytes : 0, IsLive: true);
}
