using Weft.Packets;
using Weft.Ports.AfXdp;
using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>
/// A network device of the kernel through AF_XDP sockets, one for each of its queues: frames are taken before the kernel's own stack sees them, and come and
/// go through memory that both share.
/// </summary>
/// <remarks>
/// The program that hands frames over is loaded here, inside the driver if it can be; where the device cannot use the shared memory itself the kernel copies.
/// <see cref="PortCapabilities.Driver"/> says what it came to. While the port is open nothing else receives from the device; when the process ends, however it
/// ends, the device is as before. Frames come as the wire has them: whoever sends from the other end of a veth pair must finish checksums and
/// segments himself (<c>ethtool -K … tx off tso off gso off</c>), for AF_XDP carries no description of what was left to the device.
/// </remarks>
public sealed class AfXdpPort : DevicePort
{
    /// <summary>Longest MTU of a device that can be opened.</summary>
    public const int MaxMtu = 3822;

    /// <summary>An Ethernet header.</summary>
    private const int MinFrameBytes = 14;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(10);
    private readonly AfXdpOptions _options;
    private int _turn;

    /// <summary>Opens a port.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The system refused: no such device, no privilege, another XDP program in front of it, an MTU above 3,822.</exception>
    public AfXdpPort(string name, AfXdpOptions options)
        : this(options, name)
    {
        Open(options.DeviceMustExist, options.NetworkNamespace);
    }

    private AfXdpPort(AfXdpOptions options, string name)
        : base(name, Required(options).Device, "af_xdp", CheckInterval)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>
    /// Makes a port that takes a device when another process lets go of it, at <see cref="IHandoverPort.Begin"/>: the kernel maps the rings of
    /// a bound AF_XDP socket into no second process, so they cannot be passed on. What arrives in between goes to the kernel's own stack.
    /// </summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which device.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    public static AfXdpPort Succeed(string name, AfXdpOptions options)
    {
        var port = new AfXdpPort(options, name);
        port.OpenPaused(handover: null, _ => throw new IOException("an AF_XDP socket cannot be handed over"));
        return port;
    }

    private AfXdpAttachment? Device => (AfXdpAttachment?)Attachment;

    /// <inheritdoc/>
    public override int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        int received = 0;
        if (Device is { } device && !IsPaused)
        {
            List<XdpSocket> sockets = device.Sockets;
            if (sockets[0].HasUnsent)
            {
                _ = sockets[0].Kick();
            }

            for (int i = 0; i < sockets.Count && received < burst.Length; i++)
            {
                // Every queue gets its turn to be first, so that a busy one does not silence the others.
                received += Receive(sockets[(_turn + i) % sockets.Count], pool, burst[received..]);
            }

            _turn++;
        }

        return received;
    }

    /// <inheritdoc/>
    public override int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        if (Device is not { } device || Status != PortStatus.Up)
        {
            _counters.SendDown += burst.Length;
            return burst.Length;
        }

        // Any queue of a device sends what any other does; one keeps frames in their order.
        XdpSocket socket = device.Sockets[0];
        socket.Reap();
        int done = Put(socket, pool, burst);
        int errno = socket.Kick();
        if (errno is Libc.ENETDOWN or Libc.ENXIO or Libc.ENODEV)
        {
            Check(now);
        }

        if (done < burst.Length)
        {
            _counters.SendBusy++;
        }

        return done;
    }

    private protected override DeviceAttachment? TryAttach() => AfXdpAttachment.TryOpen(_options);

    private static AfXdpOptions Required(AfXdpOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options;
    }

    private int Receive(XdpSocket socket, PacketPool pool, Span<Packet> burst)
    {
        uint ready = socket.Ready();
        if (ready == 0)
        {
            return 0;
        }

        int received = 0;
        for (; ready > 0 && received < burst.Length && pool.TryRent(out Packet packet); ready--)
        {
            ReadOnlySpan<byte> frame = socket.Take(out ulong address);
            if (frame.Length <= pool.MaxPacketBytes && pool.TrySetLength(ref packet, frame.Length))
            {
                frame.CopyTo(pool.Bytes(packet));
                burst[received++] = packet;
                _counters.ReceivedFrames++;
                _counters.ReceivedBytes += frame.Length;
            }
            else
            {
                pool.Return(packet);
                _counters.ReceivedOversize++;
            }

            socket.GiveBack(address);
        }

        socket.EndReceive();
        return received;
    }

    private int Put(XdpSocket socket, PacketPool pool, ReadOnlySpan<Packet> burst)
    {
        int done = 0;
        foreach (ref readonly Packet packet in burst)
        {
            if (packet.Length > Capabilities.MaxFrameBytes)
            {
                _counters.SendOversize++;
            }
            else if (packet.Length < MinFrameBytes)
            {
                // The kernel would refuse it, and with it all that stand behind it in the ring.
                _counters.SendRejected++;
            }
            else if (socket.TryPut(pool.Bytes(packet)))
            {
                _counters.SentFrames++;
                _counters.SentBytes += packet.Length;
            }
            else
            {
                return done;
            }

            done++;
        }

        return done;
    }
}
