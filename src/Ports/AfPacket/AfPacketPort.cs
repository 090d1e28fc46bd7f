using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.AfPacket;
using Weft.Ports.AfXdp;
using Weft.Ports.Linux;
using Weft.Ports.Offload;

namespace Weft.Ports;

/// <summary>
/// A network device of the kernel through packet sockets: a veth end, a physical card, anything that speaks Ethernet.
/// Frames come out whole: VLAN tags that the kernel took off are back, checksums and segmentation that a sender left to the
/// device are done. With a pool that has buffers for them, superframes come out in one piece (<see cref="PacketPool.IsSuperframe"/>).
/// </summary>
/// <remarks>
/// A device that goes down or away makes the port <see cref="PortStatus.Down"/>; it looks for the device by name, on the
/// clock of its calls, and goes on when it is back. Attaching opens sockets and maps memory; nothing else allocates. The
/// kernel's own stack sees every received frame too: give the device no address and leave forwarding off.
/// </remarks>
public sealed class AfPacketPort : DevicePort, IMultiQueuePort
{
    /// <summary>An Ethernet header: AF_XDP would refuse less, and all that stands behind it.</summary>
    private const int MinFrameBytes = 14;

    /// <summary>How often the carrier is looked at: a bridge node gives its role away when it goes, and every moment until then is an outage.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan BusyCheckInterval = TimeSpan.FromMilliseconds(1);
    private readonly AfPacketOptions _options;
    private readonly BurstSender _sender = new();
    private readonly OffloadedReceiver _receiver = new();

    /// <summary>Opens a port.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device and how.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused: no such device, no privilege, no memory for the ring.</exception>
    public AfPacketPort(string name, AfPacketOptions options)
        : this(options, name)
    {
        Open(options.DeviceMustExist, options.NetworkNamespace);
    }

    private AfPacketPort(AfPacketOptions options, string name)
        : base(name, Required(options).Device, "af_packet", CheckInterval)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>Makes a port that goes on with the device of another process: it stands still until <see cref="IHandoverPort.Begin"/>.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device and how.</param>
    /// <param name="handover">What the other process offers, whose descriptors are the port's from now on; null if it has no device now.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused, or the device is not the one that is handed over.</exception>
    public static AfPacketPort Inherit(string name, AfPacketOptions options, PortHandover? handover)
    {
        var port = new AfPacketPort(options, name);
        CodePreparation.Compile(typeof(AfPacketPort));
        CodePreparation.Compile(typeof(OffloadedReceiver));
        CodePreparation.Compile(typeof(BurstSender));
        CodePreparation.Compile(typeof(RingFrame));
        CodePreparation.Compile(typeof(VirtioNetHeader));
        CodePreparation.Compile(typeof(PartialChecksum));
        CodePreparation.Compile(typeof(TunnelCoalescer));
        CodePreparation.Compile(options.Mode == AfPacketMode.Throughput ? typeof(BlockRing) : typeof(FrameRing));
        port.OpenPaused(handover, offered => AfPacketAttachment.Inherit(options, offered));
        return port;
    }

    /// <inheritdoc/>
    public override bool HasBegun => _receiver.HasBegun;

    private AfPacketAttachment? Sockets => (AfPacketAttachment?)Attachment;

    /// <inheritdoc/>
    public override int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        if (Sockets?.FastSender is { HasUnsent: true } fast)
        {
            _ = fast.Kick();
        }

        return Sockets is not { } sockets || _options.SendsOnly ? 0 : _receiver.Receive(sockets, pool, burst, ref _counters, takesNew: !IsPaused);
    }

    /// <inheritdoc/>
    public override int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        int done = 0;
        while (done < burst.Length)
        {
            if (Status != PortStatus.Up)
            {
                _counters.SendDown += burst.Length - done;
                return burst.Length;
            }

            bool isWhole = pool.IsSuperframe(burst[done]);
            if (Sockets!.FastSender is { } fast)
            {
                if (fast.HasUnsent && fast.Kick() == 0 && fast.HasUnsent)
                {
                    // The device is busy, and nothing may overtake what waits for it.
                    _counters.SendBusy++;
                    return done;
                }

                if (!isWhole && SendFast(fast, pool, burst[done..]) is > 0 and int taken)
                {
                    CountSent(burst.Slice(done, taken));
                    done += taken;
                    continue;
                }
            }

            int count = isWhole ? PrepareSuperframes(pool, burst[done..]) : Prepare(pool, burst[done..]);
            if (count == 0)
            {
                _counters.SendOversize++;
                done++;
                continue;
            }

            int sent = _sender.Send(isWhole ? Sockets!.SuperframeSender : Sockets!.Sender, count);
            int errno = sent > 0 ? 0 : Marshal.GetLastSystemError();
            if (sent > 0)
            {
                CountSent(burst.Slice(done, sent));
                done += sent;
            }
            else if (isWhole && errno is Libc.EINVAL or Libc.ENOBUFS or Libc.EIO)
            {
                // The device has changed its mind, or has no room for so much in one piece. Whoever calls can cut.
                Sockets!.Refuse(pool.KindOf(burst[done]), errno);
                Follow(Sockets!);
                _counters.SendBusy++;
                return done;
            }
            else if (!TrySkip(errno, now))
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

    private protected override void Dispose(bool disposing)
    {
        _sender.Dispose();
        _receiver.Dispose();
        base.Dispose(disposing);
    }

    private protected override DeviceAttachment? TryAttach() => AfPacketAttachment.TryOpen(_options);

    private protected override void Abandon() => _receiver.Abandon();

    private static AfPacketOptions Required(AfPacketOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options;
    }

    /// <summary>Points the sender at the frames up to the first that the device would refuse for its length, or that is a superframe.</summary>
    private int Prepare(PacketPool pool, ReadOnlySpan<Packet> burst)
    {
        int count = 0;
        int limit = Math.Min(burst.Length, BurstSender.MaxFrames);
        while (count < limit && burst[count].Length <= Capabilities.MaxFrameBytes && !pool.IsSuperframe(burst[count]))
        {
            _sender.Set(count, pool.Address(burst[count]), burst[count].Length);
            count++;
        }

        return count;
    }

    /// <summary>Points the sender at the superframes up to the first whose parts the device would refuse for their length, or that is none.</summary>
    private int PrepareSuperframes(PacketPool pool, ReadOnlySpan<Packet> burst)
    {
        int count = 0;
        int limit = Math.Min(burst.Length, BurstSender.MaxFrames);
        while (count < limit && pool.IsSuperframe(burst[count]) && pool.LongestFrame(burst[count]) <= Capabilities.MaxFrameBytes)
        {
            _sender.Set(count, pool.Prefix(burst[count]), VirtioNetHeader.Length + burst[count].Length);
            count++;
        }

        return count;
    }

    /// <summary>Sends the frames up to the first that does not fit the sender's places, or is a superframe.</summary>
    /// <returns>Frames that are sent, or will be when the device has room; 0 if the packet socket has to try, and to find out why.</returns>
    private int SendFast(XdpSocket fast, PacketPool pool, ReadOnlySpan<Packet> burst)
    {
        if (fast.HasUnsent)
        {
            return 0;
        }

        fast.Reap();
        // Only what is no longer than any frame may be: about longer ones, which may have a tag, the packet socket knows.
        int longest = Math.Min(fast.FrameBytes, Sockets!.State.Mtu + MinFrameBytes);
        int count = 0;
        while (count < burst.Length && burst[count].Length >= MinFrameBytes && burst[count].Length <= longest && !pool.IsSuperframe(burst[count]) && fast.TryPut(pool.Bytes(burst[count])))
        {
            count++;
        }

        return fast.TryKick() ? count : 0;
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
            case Libc.ENOBUFS or Libc.ENOMEM when WasCheckedWithin(BusyCheckInterval, now):
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
}
