namespace Weft.Ports.Linux;

/// <summary>What ties a port to one incarnation of a device. A device that was removed and made again gets a new one.</summary>
internal abstract class DeviceAttachment : IDisposable
{
    private readonly NetworkDevice _device;

    protected DeviceAttachment(NetworkDevice device, DeviceState state) => (_device, State) = (device, state);

    /// <summary>What the device was when it was last asked.</summary>
    public DeviceState State { get; private protected set; }

    /// <summary>How frames come: for a person.</summary>
    public abstract string Driver { get; }

    /// <summary>A descriptor that is readable when a frame has arrived; -1 if none ever does.</summary>
    public abstract int PollDescriptor { get; }

    /// <summary>True if superframes of TCP can be sent whole now.</summary>
    public virtual bool TakesSuperframes => false;

    /// <summary>The same for those of UDP.</summary>
    public virtual bool TakesUdpSuperframes => false;

    private protected NetworkDevice Device => _device;

    /// <summary>Asks the device again.</summary>
    /// <returns>False if it is gone, even if another one took its name, or cannot be used any more as it is now.</returns>
    public virtual bool Refresh()
    {
        DeviceState now = _device.Read();
        bool same = now.Index == State.Index;
        State = now;
        return same;
    }

    /// <summary>Frames that the kernel lost since the last call.</summary>
    public virtual long TakeDrops() => 0;

    /// <summary>Shape and descriptors for another process; null if it cannot go on with them.</summary>
    public virtual (long[] Layout, int[] Descriptors)? Offer() => null;

    /// <summary>Where to go on reading.</summary>
    public virtual long[] Position() => [];

    /// <summary>Goes on reading where another process stopped.</summary>
    /// <returns>False if there is no such place: the other process is of another kind.</returns>
    public virtual bool MoveTo(ReadOnlySpan<long> position) => position.IsEmpty;

    public virtual void Dispose() => _device.Dispose();
}
