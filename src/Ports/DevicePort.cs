using Weft.Packets;
using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>
/// A port whose frames pass through a device of the kernel: what is common to all kinds of them. It follows its device, which may go down,
/// vanish, come back and change its MTU, on the clock of its calls.
/// </summary>
public abstract class DevicePort : IHandoverPort
{
    private readonly TimeSpan _checkInterval;
    private readonly string _deviceName;
    private Backoff _backoff;
    private Timestamp _nextCheck;
    private long _attachments;
    private long _inherited = -1;
    private bool _isDisposed;

    /// <summary>What the derived port counts.</summary>
    private protected PortCounters _counters;

    private protected DevicePort(string name, string device, string driver, TimeSpan checkInterval)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, _deviceName, _checkInterval) = (name, device, checkInterval);
        Capabilities = new PortCapabilities(driver, 0, IsLive: true);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PortCapabilities Capabilities { get; private set; }

    /// <inheritdoc/>
    public PortStatus Status { get; private set; } = PortStatus.Down;

    /// <summary>Why the last attempt to come back failed; null if it did not.</summary>
    public string? LastError { get; private set; }

    /// <summary>What has passed and what has not. Frames that the kernel dropped because nobody took them in time are fetched every now and then.</summary>
    public ref readonly PortCounters Counters => ref _counters;

    /// <inheritdoc/>
    public int PollDescriptor => IsPaused ? -1 : Attachment?.PollDescriptor ?? -1;

    /// <summary>Unknown: a live device tells nobody.</summary>
    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <inheritdoc/>
    public virtual bool HasBegun => false;

    /// <summary>What ties it to its device now; null if it has none.</summary>
    private protected DeviceAttachment? Attachment { get; private set; }

    private protected bool IsPaused { get; private set; }

    /// <inheritdoc/>
    public abstract int Receive(PacketPool pool, Span<Packet> burst, Timestamp now);

    /// <inheritdoc/>
    public abstract int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now);

    /// <inheritdoc/>
    public virtual PortHandover? Offer() => Attachment?.Offer() is var (layout, descriptors) ? new PortHandover(Capabilities.Driver, [_attachments, .. layout], descriptors) : null;

    /// <inheritdoc/>
    public virtual void Pause() => IsPaused = true;

    /// <inheritdoc/>
    public IReadOnlyList<long> Yield()
    {
        if (Attachment?.Offer() is not null)
        {
            return [_attachments, .. Attachment.Position()];
        }

        Detach();
        return [];
    }

    /// <inheritdoc/>
    public virtual void Continue()
    {
        IsPaused = false;
        // Whatever was let go of is taken again at once.
        (_nextCheck, _backoff) = (default, default);
    }

    /// <inheritdoc/>
    public virtual void Begin(IReadOnlyList<long> position)
    {
        ArgumentNullException.ThrowIfNull(position);
        long[] place = [.. position];
        if (Attachment is not null && !(place.Length > 0 && place[0] == _inherited && Attachment.MoveTo(place.AsSpan(1))))
        {
            Detach();
        }

        Continue();
    }

    /// <summary>Closes whatever the port has open; a second call does nothing.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Detach();
            Dispose(disposing: true);
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what a derived port has besides its attachment.</summary>
    private protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Attaches for the first time.</summary>
    /// <exception cref="IOException">The system refused, or there is no such device and there must be.</exception>
    private protected void Open(bool mustExist, string? networkNamespace)
    {
        if (TryAttach() is { } attachment)
        {
            Adopt(attachment);
        }
        else if (mustExist)
        {
            throw new IOException($"there is no network device {_deviceName}{(networkNamespace is { } space ? $" in the network namespace {space}" : "")}");
        }
    }

    /// <summary>Stands still with what another process has offered, or with nothing, until <see cref="Begin"/>.</summary>
    private protected void OpenPaused(PortHandover? handover, Func<PortHandover, DeviceAttachment> inherit)
    {
        IsPaused = true;
        CodePreparation.Compile(typeof(DevicePort));
        CodePreparation.Compile(typeof(Poller));
        if (handover is { Layout.Count: > 0 })
        {
            Adopt(inherit(handover));
            _inherited = handover.Layout[0];
        }
    }

    /// <summary>Attaches to the device; null if there is none of its name.</summary>
    /// <exception cref="IOException">The system refused something.</exception>
    private protected abstract DeviceAttachment? TryAttach();

    /// <summary>The device is gone, and what was begun with it.</summary>
    private protected virtual void Abandon()
    {
    }

    /// <summary>Asks the device how it is, if it is time to.</summary>
    private protected void CheckIfDue(Timestamp now)
    {
        if (now >= _nextCheck)
        {
            Check(now);
        }
    }

    /// <summary>True if the device was asked less than a while ago.</summary>
    private protected bool WasCheckedWithin(TimeSpan period, Timestamp now) => now < _nextCheck - _checkInterval + period;

    /// <summary>Asks the device how it is; looks for it if it is gone.</summary>
    private protected void Check(Timestamp now)
    {
        if (IsPaused)
        {
            return;
        }

        _nextCheck = now + _checkInterval;
        if (Attachment is not null)
        {
            _counters.ReceivedLost += Attachment.TakeDrops();
            if (Attachment.Refresh())
            {
                Follow(Attachment);
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
            if (TryAttach() is { } attachment)
            {
                Adopt(attachment);
                LastError = null;
                _backoff.Reset();
                return;
            }

            LastError = $"there is no network device {_deviceName}";
        }
        catch (IOException refused)
        {
            LastError = refused.Message;
        }

        _backoff.Failed(now);
    }

    private void Adopt(DeviceAttachment attachment)
    {
        Attachment = attachment;
        _attachments++;
        Follow(attachment);
    }

    private protected void Follow(DeviceAttachment attachment)
    {
        Status = attachment.State.IsUp ? PortStatus.Up : PortStatus.Down;
        int longest = attachment.State.Mtu + DeviceState.FramingBytes;
        if ((Capabilities.MaxFrameBytes, Capabilities.TakesSuperframes, Capabilities.TakesUdpSuperframes) != (longest, attachment.TakesSuperframes, attachment.TakesUdpSuperframes))
        {
            Capabilities = new PortCapabilities(attachment.Driver, longest, IsLive: true)
            {
                TakesSuperframes = attachment.TakesSuperframes,
                TakesUdpSuperframes = attachment.TakesUdpSuperframes,
            };
        }
    }

    private void Detach()
    {
        Status = PortStatus.Down;
        Abandon();
        Attachment?.Dispose();
        Attachment = null;
    }
}
