using System.Net.Sockets;
using Weft.Packets;
using Weft.Ports.Linux;
using Weft.Ports.Memif;

namespace Weft.Ports;

/// <summary>
/// One end of a memif, version 2.0: rings and buffers in memory that two processes share. DPDK (<c>net_memif</c>), VPP and whatever uses libmemif can be the
/// other end. No frame costs a system call.
/// </summary>
/// <remarks>
/// A peer that is not there, dies, or describes what cannot be makes the port <see cref="PortStatus.Down"/>; a client looks for the server again, a server waits
/// for the next client, both on the clock of their calls. Frames are copied out of and into the shared memory, so nothing that the peer does to it later
/// reaches the switch. A port receives from all rings in turn and sends through the first, which keeps frames in their order.
/// </remarks>
public sealed class MemifPort : IPort
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>A peer that stops half-way through the introduction keeps the place of another.</summary>
    private static readonly TimeSpan IntroductionPatience = TimeSpan.FromSeconds(5);

    private readonly MemifOptions _options;
    private readonly Socket? _listener;
    private MemifLink? _link;
    private PortCounters _counters;
    private Backoff _backoff;
    private Timestamp _nextCheck;
    private Timestamp _introducedBy;
    private int _turn;

    /// <summary>Opens a port. A client need not find its server yet.</summary>
    /// <param name="name">The name that configuration, counters and traces use.</param>
    /// <param name="options">Which memif.</param>
    /// <exception cref="ArgumentException">An option is outside its documented range.</exception>
    /// <exception cref="IOException">The server's socket cannot be made: another server answers there, or the system refuses.</exception>
    public MemifPort(string name, MemifOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Name = name;
        _options = options;
        Capabilities = new PortCapabilities($"memif {options.Role.ToString().ToLowerInvariant()}", options.MaxFrameBytes, IsLive: true);
        _listener = options.Role == MemifRole.Server ? MemifSocket.Listen(options.SocketPath) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PortCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public PortStatus Status => _link is { IsConnected: true } ? PortStatus.Up : PortStatus.Down;

    /// <summary>Why there is no peer; null if there is one.</summary>
    public string? LastError { get; private set; } = "no peer has connected yet";

    /// <summary>What has passed and what has not. <see cref="PortCounters.ReceivedLost"/> counts frames that the peer described as no frame can be.</summary>
    public ref readonly PortCounters Counters => ref _counters;

    /// <summary>
    /// Readable when the peer has put a frame into a ring. Who asks for it is about to sleep: the peer is told to wake it from then on, until frames are
    /// taken again.
    /// </summary>
    public int PollDescriptor
    {
        get
        {
            if (_link is not { IsConnected: true } link)
            {
                return -1;
            }

            foreach (MemifReceiver receiver in link.Receivers)
            {
                receiver.Arm();
            }

            return link.PollDescriptor;
        }
    }

    /// <summary>Unknown: a live peer tells nobody.</summary>
    public Timestamp NextArrival => Timestamp.MaxValue;

    /// <inheritdoc/>
    public int Receive(PacketPool pool, Span<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        if (_link is not { IsConnected: true } link)
        {
            return 0;
        }

        int received = 0;
        for (int i = 0; i < link.Receivers.Count && received < burst.Length; i++)
        {
            int count = link.Receivers[(_turn + i) % link.Receivers.Count].Receive(pool, burst[received..], ref _counters);
            if (count < 0)
            {
                GiveUp("its place in a ring is none", now);
                break;
            }

            received += count;
        }

        _turn++;
        return received;
    }

    /// <inheritdoc/>
    public int Send(PacketPool pool, ReadOnlySpan<Packet> burst, Timestamp now)
    {
        CheckIfDue(now);
        if (_link is not { IsConnected: true } link)
        {
            _counters.SendDown += burst.Length;
            return burst.Length;
        }

        int done = link.Senders[0].Send(pool, burst, _options.MaxFrameBytes, ref _counters);
        if (done < 0)
        {
            GiveUp("its place in a ring, or a buffer that it lends, is none", now);
            _counters.SendDown += burst.Length;
            return burst.Length;
        }

        if (done < burst.Length)
        {
            _counters.SendBusy++;
        }

        return done;
    }

    /// <summary>Tells the peer, and gives the memory back.</summary>
    public void Dispose()
    {
        _link?.HangUp("the port is closed");
        _link?.Dispose();
        _link = null;
        _listener?.Dispose();
    }

    private void CheckIfDue(Timestamp now)
    {
        if (now >= _nextCheck)
        {
            _nextCheck = now + CheckInterval;
            Check(now);
        }
    }

    private void Check(Timestamp now)
    {
        try
        {
            if (_link is null && !TryBegin(now))
            {
                return;
            }

            bool wasConnected = _link!.IsConnected;
            _link.Advance();
            if (_link.IsConnected)
            {
                if (!wasConnected)
                {
                    LastError = null;
                    _backoff.Reset();
                }
            }
            else if (now >= _introducedBy)
            {
                GiveUp("it does not finish its introduction", now);
            }
        }
        catch (IOException gone)
        {
            Forget(gone.Message, now);
        }
    }

    private bool TryBegin(Timestamp now)
    {
        if (_listener is not null)
        {
            if (MemifSocket.TryAccept(_listener) is { } accepted)
            {
                _link = new MemifServer(accepted, _options, Name);
            }
        }
        else if (_backoff.IsDue(now))
        {
            if (MemifSocket.TryConnect(_options.SocketPath) is { } connected)
            {
                _link = new MemifClient(connected, _options, Name);
            }
            else
            {
                LastError = $"no server answers at {_options.SocketPath}";
                _backoff.Failed(now);
            }
        }

        _introducedBy = now + IntroductionPatience;
        return _link is not null;
    }

    private void GiveUp(string reason, Timestamp now)
    {
        _link?.HangUp(reason);
        Forget($"the peer was hung up on: {reason}", now);
    }

    private void Forget(string reason, Timestamp now)
    {
        LastError = reason;
        _link?.Dispose();
        _link = null;
        _backoff.Failed(now);
    }
}
