using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Bridge;

/// <summary>
/// Tells neighbours who the switch is and remembers who they are (IEEE 802.1AB): transmission with fast start and credit, reception,
/// and the ageing of what was heard. It is handed frames and the time, and sends through an <see cref="ILinkSink"/>.
/// </summary>
/// <remarks>One instance a switch, no locks. Nothing is allocated after construction. A frame costs one walk over its TLVs.</remarks>
public sealed class LldpAgent
{
    /// <summary>Room that a frame of the agent takes at most.</summary>
    public const int MaxFrameBytes = 1400;

    /// <summary>Frames sent at intervals of a second when a new neighbour was heard (txFastInit).</summary>
    public const int FastFrames = 4;

    private const int EtherTypeOffset = 2 * MacAddress.Length;
    private const int HeaderLength = EtherTypeOffset + sizeof(ushort);

    /// <summary>Time between fast frames (msgFastTx).</summary>
    private static readonly TimeSpan FastInterval = TimeSpan.FromSeconds(1);

    private readonly LldpPort[] _ports;
    private readonly LldpNeighbor _scratch = new();
    private readonly TimeSpan _interval;
    private readonly int _timeToLive;
    private Timestamp _nextExpiry = Timestamp.MaxValue;

    /// <summary>Creates an agent and all the memory it will ever use.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public LldpAgent(LldpAgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _interval = options.Interval;
        // txTTL (clause 9.2.5.22): one second more, so that hold intervals have passed for sure.
        _timeToLive = (int)Math.Min(ushort.MaxValue, (options.Interval.TotalSeconds * options.Hold) + 1);
        _ports = [.. options.Ports.Select(port => new LldpPort(options, port))];
    }

    /// <summary>Destination of what the agent sends: the nearest bridge (IEEE 802.1AB table 7-1).</summary>
    public static MacAddress NearestBridge => new(0x0180_C200_000E);

    /// <summary>When <see cref="Advance"/> has something to do.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = _nextExpiry;
            foreach (LldpPort port in _ports)
            {
                next = port.NextTransmission < next ? port.NextTransmission : next;
            }

            return next;
        }
    }

    /// <summary>True for a frame of LLDP, whatever its content: the EtherType, and one of the three groups of IEEE 802.1AB table 7-1.</summary>
    public static bool IsLldp(ReadOnlySpan<byte> frame) =>
        frame.Length >= HeaderLength
        && BinaryPrimitives.ReadUInt16BigEndian(frame[EtherTypeOffset..]) == (ushort)EtherType.Lldp
        && MacAddress.Read(frame).Value is 0x0180_C200_000E or 0x0180_C200_0003 or 0x0180_C200_0000;

    /// <summary>Takes a frame that <see cref="IsLldp"/>.</summary>
    /// <param name="port">Number of the port.</param>
    /// <param name="frame">The frame from its Ethernet header on.</param>
    /// <param name="now">The time.</param>
    /// <param name="neighbor">The neighbour it is from: as it is known now, or as it was for <see cref="LldpVerdict.Removed"/>; null if nothing is known.</param>
    public LldpVerdict Receive(int port, ReadOnlySpan<byte> frame, Timestamp now, out LldpNeighbor? neighbor)
    {
        neighbor = null;
        LldpPort at = _ports[port];
        if (!at.Options.Receives)
        {
            return LldpVerdict.Disabled;
        }

        at.Counters.Received++;
        if (!IsLldp(frame) || !LldpReader.TryRead(frame[HeaderLength..], _scratch, ref at.Counters))
        {
            at.Counters.Discarded++;
            return LldpVerdict.Malformed;
        }

        neighbor = Find(at, _scratch);
        if (_scratch.TimeToLive == 0)
        {
            return neighbor is null ? LldpVerdict.Refreshed : Forget(neighbor);
        }

        _scratch.LocalPort = port;
        _scratch.Expires = now + TimeSpan.FromSeconds(_scratch.TimeToLive);
        _nextExpiry = _scratch.Expires < _nextExpiry ? _scratch.Expires : _nextExpiry;
        return neighbor is null ? Add(at, now, out neighbor) : Renew(neighbor);
    }

    /// <summary>Sends what is due and forgets whose time is over.</summary>
    /// <param name="now">The time.</param>
    /// <param name="sink">Takes what is sent.</param>
    /// <param name="forgotten">Called with each neighbour that is forgotten, before its object is used again; may be null.</param>
    public void Advance<TSink>(Timestamp now, ref TSink sink, Action<LldpNeighbor>? forgotten = null)
        where TSink : ILinkSink, allows ref struct
    {
        for (int port = 0; port < _ports.Length; port++)
        {
            LldpPort at = _ports[port];
            if (now >= at.NextTransmission)
            {
                Transmit(port, now, ref sink);
            }
        }

        if (now >= _nextExpiry)
        {
            Expire(now, forgotten);
        }
    }

    /// <summary>Says good-bye at a port, or at all if <paramref name="port"/> is -1: neighbours forget the switch at once (clause 9.1.2.2).</summary>
    public void Shutdown<TSink>(int port, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        for (int index = Math.Max(port, 0); index < (port < 0 ? _ports.Length : port + 1); index++)
        {
            if (_ports[index].Options.Transmits)
            {
                sink.Send(index, _ports[index].FrameWith(timeToLive: 0));
                _ports[index].Counters.Sent++;
            }
        }
    }

    /// <summary>Speaks at once and fast at a port whose link came up.</summary>
    public void LinkUp(int port, Timestamp now) => Hurry(_ports[port], now);

    /// <summary>What was counted at a port.</summary>
    public LldpCounters Counters(int port) => _ports[port].Counters;

    /// <summary>Neighbours behind a port.</summary>
    public IEnumerable<LldpNeighbor> Neighbors(int port) => _ports[port].Neighbors.Where(neighbor => neighbor.IsUsed);

    /// <summary>Goes on at a port with what another agent heard and counted there, as far as there is room.</summary>
    public void CarryOver(int port, LldpAgent old, int oldPort)
    {
        ArgumentNullException.ThrowIfNull(old);
        LldpPort at = _ports[port];
        at.Counters = old._ports[oldPort].Counters;
        int free = 0;
        foreach (LldpNeighbor known in old.Neighbors(oldPort).Take(at.Neighbors.Length))
        {
            LldpNeighbor into = at.Neighbors[free++];
            into.CopyFrom(known);
            (into.IsUsed, into.LocalPort) = (true, port);
            _nextExpiry = into.Expires < _nextExpiry ? into.Expires : _nextExpiry;
        }
    }

    private void Transmit<TSink>(int port, Timestamp now, ref TSink sink)
        where TSink : ILinkSink, allows ref struct
    {
        LldpPort at = _ports[port];
        if (!at.MaySend(now))
        {
            at.NextTransmission = now + FastInterval;
            return;
        }

        sink.Send(port, at.FrameWith(_timeToLive));
        at.Counters.Sent++;
        at.Fast = Math.Max(0, at.Fast - 1);
        at.NextTransmission = now + (at.Fast > 0 ? FastInterval : _interval);
    }

    private static LldpNeighbor? Find(LldpPort at, LldpNeighbor heard)
    {
        foreach (LldpNeighbor known in at.Neighbors)
        {
            if (known.IsUsed && known.IsSameEnd(heard))
            {
                return known;
            }
        }

        return null;
    }

    private LldpVerdict Add(LldpPort at, Timestamp now, out LldpNeighbor? neighbor)
    {
        int free = Array.FindIndex(at.Neighbors, static known => !known.IsUsed);
        if (free < 0)
        {
            neighbor = null;
            at.Counters.TooManyNeighbors++;
            at.Counters.Discarded++;
            return LldpVerdict.TooManyNeighbors;
        }

        neighbor = at.Neighbors[free];
        _scratch.Since = now;
        neighbor.CopyFrom(_scratch);
        neighbor.IsUsed = true;
        // A new neighbour shall know us soon (clause 9.2.5.20).
        Hurry(at, now);
        return LldpVerdict.Added;
    }

    private LldpVerdict Renew(LldpNeighbor neighbor)
    {
        bool same = neighbor.SaysTheSame(_scratch);
        _scratch.Since = neighbor.Since;
        neighbor.CopyFrom(_scratch);
        return same ? LldpVerdict.Refreshed : LldpVerdict.Changed;
    }

    private static LldpVerdict Forget(LldpNeighbor neighbor)
    {
        neighbor.IsUsed = false;
        return LldpVerdict.Removed;
    }

    private static void Hurry(LldpPort at, Timestamp now)
    {
        if (at.Options.Transmits)
        {
            at.Fast = FastFrames;
            at.NextTransmission = now < at.NextTransmission ? now : at.NextTransmission;
        }
    }

    private void Expire(Timestamp now, Action<LldpNeighbor>? forgotten)
    {
        _nextExpiry = Timestamp.MaxValue;
        foreach (LldpPort port in _ports)
        {
            foreach (LldpNeighbor known in port.Neighbors)
            {
                if (known.IsUsed && now >= known.Expires)
                {
                    known.IsUsed = false;
                    port.Counters.AgedOut++;
                    forgotten?.Invoke(known);
                }
                else if (known.IsUsed && known.Expires < _nextExpiry)
                {
                    _nextExpiry = known.Expires;
                }
            }
        }
    }
}
