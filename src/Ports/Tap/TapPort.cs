using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.Linux;
using Weft.Ports.Offload;
using Weft.Ports.Tap;

namespace Weft.Ports;

/// <summary>
/// A TAP device: the kernel, a container or a virtual machine has one end, the port is the other. Frames are read straight
/// into pool buffers, one system call each.
/// </summary>
/// <remarks>
/// Without <see cref="TapOptions.Offloads"/> the kernel hands over frames within the MTU with finished checksums. With them superframes pass whole both
/// ways (<see cref="PacketPool.IsSuperframe"/>), as far as the pool has buffers for them; checksums are completed. A device that is removed makes the port <see cref="PortStatus.Down"/>; it makes the device again, on the clock of its calls.
/// </remarks>
public sealed unsafe class TapPort : DevicePort, IMultiQueuePort
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(100);
    private readonly TapOptions _options;
    private readonly TapReader _reader = new();

    /// <summary>Other handles to the device, which go where this one goes.</summary>
    private readonly List<TapPort> _siblings = [];

    /// <summary>Queues that another process had and nobody here asked for yet.</summary>
    private readonly Queue<int> _spares = new();

    /// <summary>Makes or attaches to the device, sets it up and sets its MTU.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused: no privilege, no driver, the name belongs to another kind of device, or another process holds it.</exception>
    public TapPort(string name, TapOptions options)
        : this(options, name)
    {
        Open(mustExist: true, options.NetworkNamespace);
    }

    private TapPort(TapOptions options, string name)
        : base(name, Required(options).Device, "tap", CheckInterval)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>Makes a port that goes on with the device of another process: it stands still until <see cref="IHandoverPort.Begin"/>.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device.</param>
    /// <param name="handover">What the other process offers, whose descriptors are the port's from now on; null if it has no device now.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused, or the device is not the one that is handed over.</exception>
    public static TapPort Inherit(string name, TapOptions options, PortHandover? handover)
    {
        var port = new TapPort(options, name);
        CodePreparation.Compile(typeof(TapPort));
        CodePreparation.Compile(typeof(TapReader));
        port.OpenPaused(handover, offered => offered is { Layout: [_, long device, long isMultiQueue, ..], Descriptors: [int descriptor, ..] }
            ? TapAttachment.Inherit(options, descriptor, device, isMultiQueue != 0)
            : throw new IOException("not what a TAP device is handed over with"));
        foreach (int spare in handover?.Descriptors.Skip(1) ?? [])
        {
            port._spares.Enqueue(spare);
        }

        return port;
    }

    /// <summary>True if this handle or another one to the device that was opened here has begun a frame.</summary>
    public override bool HasBegun => _reader.HasBegun || Living().Any(sibling => sibling.HasBegun);

    private TapAttachment? Queue => (TapAttachment?)Attachment;

    /// <inheritdoc/>
    public override int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        int received = _reader.Receive(IsPaused ? null : Queue, pool, burst, ref _counters, out int errno);
        if (errno is Libc.EBADFD or Libc.EIO)
        {
            Check(now);
        }

        return received;
    }

    /// <inheritdoc/>
    public override int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
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
    public IPort? TryOpenQueue()
    {
        if (Queue is not { IsMultiQueue: true } queue)
        {
            return null;
        }

        var sibling = new TapPort(_options, Name);
        if (_spares.TryDequeue(out int descriptor))
        {
            sibling.OpenPaused(new PortHandover("tap", [0], [descriptor]), _ => TapAttachment.Inherit(_options, descriptor, queue.State.Index, isMultiQueue: true));
        }
        else
        {
            sibling.Open(mustExist: true, _options.NetworkNamespace);
        }

        _siblings.Add(sibling);
        return sibling;
    }

    /// <summary>What another process needs: the queues of all handles that were opened here.</summary>
    public override PortHandover? Offer() => base.Offer() is { } own
        ? own with { Descriptors = [.. own.Descriptors, .. Living().Select(sibling => sibling.Queue!.Descriptor)] }
        : null;

    /// <inheritdoc/>
    public override void Pause()
    {
        base.Pause();
        foreach (TapPort sibling in Living())
        {
            sibling.Pause();
        }
    }

    /// <inheritdoc/>
    public override void Continue()
    {
        base.Continue();
        // The kernel would go on to put frames into queues that nobody reads.
        CloseSpares();
        foreach (TapPort sibling in Living())
        {
            sibling.Continue();
        }
    }

    private protected override void Dispose(bool disposing)
    {
        CloseSpares();
        _reader.Dispose();
        base.Dispose(disposing);
    }

    private IEnumerable<TapPort> Living() => _siblings.Where(sibling => sibling.Queue is not null);

    private void CloseSpares()
    {
        while (_spares.TryDequeue(out int spare))
        {
            _ = Libc.close(spare);
        }
    }

    private protected override void Abandon() => _reader.Abandon();

    private protected override DeviceAttachment TryAttach() => TapAttachment.Open(_options);

    private static TapOptions Required(TapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options;
    }

    /// <summary>Sends or refuses one frame and counts it; false if the device has no room now.</summary>
    private bool TrySend(PacketPool pool, in Packet packet, Timestamp now)
    {
        if (Status != PortStatus.Up)
        {
            _counters.SendDown++;
            return true;
        }

        if (pool.LongestFrame(packet) > Capabilities.MaxFrameBytes)
        {
            _counters.SendOversize++;
            return true;
        }

        bool isWhole = pool.IsSuperframe(packet);
        if (Write(Queue!, pool, packet, isWhole) >= 0)
        {
            _counters.SentFrames++;
            _counters.SentBytes += packet.Length;
            return true;
        }

        switch (Marshal.GetLastSystemError())
        {
            case Libc.EINVAL when isWhole:
                // This kernel does not know the description. Whoever calls can cut.
                Queue!.Refuse(pool.KindOf(packet));
                Follow(Queue!);
                return false;
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

    private static nint Write(TapAttachment queue, PacketPool pool, in Packet packet, bool isWhole)
    {
        if (isWhole)
        {
            return Libc.write(queue.Descriptor, (void*)pool.Prefix(packet), VirtioNetHeader.Length + packet.Length);
        }

        if (!queue.HasHeader)
        {
            return Libc.write(queue.Descriptor, (void*)pool.Address(packet), packet.Length);
        }

        VirtioNetHeader nothingLeft = default;
        Libc.IoVector* vectors = stackalloc Libc.IoVector[2];
        (vectors[0].Base, vectors[0].Length) = ((nint)(&nothingLeft), VirtioNetHeader.Length);
        (vectors[1].Base, vectors[1].Length) = (pool.Address(packet), packet.Length);
        return Libc.writev(queue.Descriptor, vectors, 2);
    }
}
