using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.Linux;
using Weft.Ports.Tap;

namespace Weft.Ports;

/// <summary>
/// A TAP device: the kernel, a container or a virtual machine has one end, the port is the other. Frames are read straight
/// into pool buffers, one system call each.
/// </summary>
/// <remarks>
/// No offload is offered, so the kernel hands over frames within the MTU with finished checksums. A device that is removed
/// makes the port <see cref="PortStatus.Down"/>; it makes the device again, on the clock of its calls.
/// </remarks>
public sealed unsafe class TapPort : IMultiQueuePort
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(100);
    private readonly TapOptions _options;
    private TapAttachment? _attachment;
    private PortCounters _counters;
    private Backoff _backoff;
    private Timestamp _nextCheck;

    /// <summary>Makes or attaches to the device, sets it up and sets its MTU.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused: no privilege, no driver, the name belongs to another kind of device, or another process holds it.</exception>
    public TapPort(string name, TapOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Name = name;
        _options = options;
        Capabilities = CapabilitiesFor(default);
        Adopt(TapAttachment.Open(options));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PortCapabilities Capabilities { get; private set; }

    /// <inheritdoc/>
    public PortStatus Status { get; private set; } = PortStatus.Down;

    /// <summary>Why the last attempt to come back failed; null if it did not.</summary>
    public string? LastError { get; private set; }

    /// <inheritdoc/>
    public ref readonly PortCounters Counters => ref _counters;

    /// <inheritdoc/>
    public int PollDescriptor => _attachment?.Descriptor ?? -1;

    /// <summary>Unknown: a live device tells nobody.</summary>
    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <inheritdoc/>
    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        if (now >= _nextCheck)
        {
            Check(now);
        }

        byte spill;
        Libc.IoVector* vectors = stackalloc Libc.IoVector[2];
        vectors[0].Length = pool.MaxPacketBytes;
        // A frame longer than the buffer would be cut off in silence; a byte behind the buffer tells.
        vectors[1].Base = (nint)(&spill);
        vectors[1].Length = 1;
        int received = 0;
        while (_attachment is not null && received < burst.Length && pool.TryRent(out Packet packet))
        {
            vectors[0].Base = pool.Address(packet);
            nint length = Libc.readv(_attachment.Descriptor, vectors, 2);
            if (length > 0 && length <= pool.MaxPacketBytes)
            {
                packet.Length = (int)length;
                burst[received++] = packet;
                _counters.ReceivedFrames++;
                _counters.ReceivedBytes += length;
                continue;
            }

            int errno = length < 0 ? Marshal.GetLastSystemError() : 0;
            pool.Return(packet);
            if (length > 0)
            {
                _counters.ReceivedOversize++;
                continue;
            }

            if (errno is Libc.EBADFD or Libc.EIO)
            {
                Check(now);
            }

            break;
        }

        return received;
    }

    /// <inheritdoc/>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        if (now >= _nextCheck)
        {
            Check(now);
        }

        for (int done = 0; done < burst.Length; done++)
        {
            if (!TrySend(pool, burst[done], now))
            {
                _counters.SendBusy++;
                return done;
            }
        }

        return burst.Length;
    }

    /// <summary>Opens another queue of the device; null unless it has several (<see cref="TapOptions.MultiQueue"/>).</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public IPort? TryOpenQueue() => _attachment is { IsMultiQueue: true } ? new TapPort(Name, _options) : null;

    /// <summary>Closes the descriptor; a device that the port made vanishes.</summary>
    public void Dispose() => Detach();

    /// <summary>Sends or refuses one frame and counts it; false if the device has no room now.</summary>
    private bool TrySend(PacketPool pool, in Packet packet, Timestamp now)
    {
        if (Status != PortStatus.Up)
        {
            _counters.SendDown++;
            return true;
        }

        if (packet.Length > Capabilities.MaxFrameBytes)
        {
            _counters.SendOversize++;
            return true;
        }

        if (Libc.write(_attachment!.Descriptor, (void*)pool.Address(packet), packet.Length) >= 0)
        {
            _counters.SentFrames++;
            _counters.SentBytes += packet.Length;
            return true;
        }

        switch (Marshal.GetLastSystemError())
        {
            case Libc.EAGAIN or Libc.EINTR or Libc.ENOBUFS or Libc.ENOMEM:
                return false;
            case Libc.EIO or Libc.EBADFD or Libc.ENETDOWN:
                Check(now);
                _counters.SendDown++;
                return true;
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
            if (_attachment.Refresh())
            {
                Follow(_attachment.State);
                return;
            }

            Detach();
        }

        if (!_backoff.IsDue(now))
        {
            return;
        }

        try
        {
            Adopt(TapAttachment.Open(_options));
            LastError = null;
            _backoff.Reset();
        }
        catch (IOException refused)
        {
            LastError = refused.Message;
            _backoff.Failed(now);
        }
    }

    private void Adopt(TapAttachment attachment)
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
        _attachment?.Dispose();
        _attachment = null;
    }

    private static PortCapabilities CapabilitiesFor(DeviceState state) =>
        new("tap", state.Exists ? state.Mtu + DeviceState.FramingBytes : 0, IsLive: true);
}
