using Weft.Bridge;
using Weft.Host.Config;
using Weft.Host.Datapath.Protection;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Links;

/// <summary>
/// Runs the protocols between the switch and the neighbours at the other ends of its cables, at the first worker: gives them time,
/// tells them which links are up, publishes whom they found.
/// </summary>
internal sealed class LinkDriver : IDisposable
{
    /// <summary>How often carriers are looked at.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly SwitchPlan _plan;
    private readonly IPort[] _ports;
    private readonly bool[] _isUp;
    private readonly EventLog _events;
    private readonly Action<LldpNeighbor> _forgotten;
    private readonly BondDirectory _directory;
    private readonly bool[] _carries;
    private readonly PortShutdowns? _shutdowns;
    private Timestamp _nextLook;
    private Timestamp _now;
    private EventPace _pace;

    public LinkDriver(SwitchPlan plan, IPort[] ports, BondDirectory bonds, HashSeed seed, Timestamp start, EventLog events, PortShutdowns? shutdowns)
    {
        (_plan, _ports, _events, _nextLook) = (plan, ports, events, start);
        _isUp = [.. ports.Select(port => port.Status == PortStatus.Up)];
        _forgotten = Forgotten;
        _pace = new EventPace(start);
        (_directory, _carries, _shutdowns) = (bonds, new bool[ports.Length], shutdowns);
        Loops = LoopGuardOptionsFactory.Create(plan, seed, start) is LoopGuardOptions guarded ? new LoopGuard(guarded) : null;
        Bonds = BondOptionsFactory.Create(plan, bonds, seed, start) is LinkAggregatorOptions groups ? new LinkAggregator(groups) : null;
        bonds.Follow(Bonds);
        Lldp = LldpOptionsFactory.Create(plan, start) is LldpAgentOptions options ? new LldpAgent(options) : null;
    }

    /// <summary>Link layer discovery; null if no port has it.</summary>
    public LldpAgent? Lldp { get; }

    /// <summary>Loop guard; null if no port has it.</summary>
    public LoopGuard? Loops { get; }

    /// <summary>Link aggregation; null if there is no bond.</summary>
    public LinkAggregator? Bonds { get; }

    /// <summary>When a timer is due, or carriers are to be looked at.</summary>
    public Timestamp NextDue
    {
        get
        {
            Timestamp next = Lldp is not null && Lldp.NextDue < _nextLook ? Lldp.NextDue : _nextLook;
            next = Loops is not null && Loops.NextDue < next ? Loops.NextDue : next;
            return Bonds is not null && Bonds.NextDue < next ? Bonds.NextDue : next;
        }
    }

    /// <summary>For each port, whether it has any protocol with neighbours.</summary>
    public static bool[] Concerns(SwitchPlan plan)
    {
        bool hasLoopGuard = LoopGuardOptionsFactory.IsNeeded(plan);
        return [.. plan.Ports.Select(port => port.Lldp != LldpMode.Off || port.Role == PortRole.Member || (hasLoopGuard && port.Role == PortRole.Access))];
    }

    /// <summary>Does what is due.</summary>
    public void Advance(PacketVector vector, SwitchGraph graph)
    {
        _now = vector.Now;
        if (_now >= _nextLook)
        {
            WatchPorts(_now);
            _nextLook = _now + LookInterval;
        }

        var sink = new LinkSink(vector, graph);
        Lldp?.Advance(_now, ref sink, _forgotten);
        if (Loops is not null)
        {
            var loopSink = new LoopSink(sink, _shutdowns);
            Loops.Advance(_now, ref loopSink);
        }

        if (Bonds is not null)
        {
            Bonds.Advance(_now, ref sink);
            WatchBonds(_now);
        }
    }

    /// <summary>Frees what the loop guard holds.</summary>
    public void Dispose() => Loops?.Dispose();

    /// <summary>Tells neighbours that the switch ends.</summary>
    public void SayGoodbye(PacketVector vector, SwitchGraph graph)
    {
        var sink = new LinkSink(vector, graph);
        Lldp?.Shutdown(port: -1, ref sink);
    }

    /// <summary>Takes a frame of LLDP.</summary>
    public LldpVerdict TakeLldp(ReadOnlySpan<byte> frame, int port, Timestamp now)
    {
        LldpVerdict verdict = Lldp!.Receive(port, frame, now, out LldpNeighbor? neighbor);
        EventType? type = verdict switch
        {
            LldpVerdict.Added => LinkEventTypes.NeighborAdded,
            LldpVerdict.Changed => LinkEventTypes.NeighborChanged,
            LldpVerdict.Removed => LinkEventTypes.NeighborLost,
            _ => null,
        };
        if (type is not null)
        {
            Publish(now, type, neighbor!, "said good-bye");
        }

        return verdict;
    }

    /// <summary>Takes a frame of the slow protocols.</summary>
    public LacpVerdict TakeSlow(PacketVector vector, ReadOnlySpan<byte> frame, int port)
    {
        var sink = new LinkSink(vector, graph: null);
        LacpVerdict verdict = Bonds!.Receive(port, frame, vector.Now, ref sink);
        WatchBonds(vector.Now);
        return verdict;
    }

    /// <summary>Takes a frame that may be a probe of the loop guard.</summary>
    public LoopVerdict TakeProbe(ReadOnlySpan<byte> frame, int port, Timestamp now)
    {
        LoopVerdict verdict = Loops!.Receive(port, frame, out LoopSighting sighting);
        if (verdict == LoopVerdict.Loop)
        {
            Found(sighting, now);
        }

        return verdict;
    }

    /// <summary>
    /// Of the two ends of a loop the one that the probe came back by is shut, so that whoever sends probes back on purpose shuts himself out. The probe
    /// that went the other way round finds the loop cut.
    /// </summary>
    private void Found(in LoopSighting sighting, Timestamp now)
    {
        if (_shutdowns is not null && (_shutdowns.IsShut(sighting.SentBy) || _shutdowns.IsShut(sighting.ReceivedAt)))
        {
            return;
        }

        int port = _plan.Ports[sighting.ReceivedAt].LoopGuard is not null ? sighting.ReceivedAt : sighting.SentBy;
        LoopGuardPlan guard = _plan.Ports[port].LoopGuard!;
        if (_pace.MayPublish(now))
        {
            _events.Publish(now, PortEventTypes.LoopFound, _plan.Ports[port].Name, _plan.Ports[sighting.SentBy].Name, _plan.Ports[sighting.ReceivedAt].Name, (long)sighting.Vlan);
        }

        if (guard.Action == LoopAction.Shutdown)
        {
            _ = _shutdowns!.Shut(port, ShutdownCause.Loop, guard.Recovery, now);
        }
    }

    /// <summary>Goes on with what the driver of the configuration before knew.</summary>
    public void CarryOver(LinkDriver old, Timestamp now)
    {
        for (int port = 0; port < _plan.Ports.Count; port++)
        {
            int before = Position.Of(old._plan.Ports, known => known.Name == _plan.Ports[port].Name);
            if (before >= 0 && Lldp is not null && old.Lldp is not null)
            {
                Lldp.CarryOver(port, old.Lldp, before);
            }

            if (before >= 0 && Bonds is not null && old.Bonds is not null)
            {
                Bonds.CarryOver(port, old.Bonds, before, now);
                _carries[port] = old._carries[before];
            }
        }
    }

    private void WatchPorts(Timestamp now)
    {
        for (int port = 0; port < _ports.Length; port++)
        {
            bool isUp = _ports[port].Status == PortStatus.Up;
            if (isUp && !_isUp[port])
            {
                Lldp?.LinkUp(port, now);
            }

            _isUp[port] = isUp;
            Bonds?.SetEnabled(port, _ports[port].Status != PortStatus.Down, now);
        }
    }

    /// <summary>Publishes which links carry frames, and tells whoever asks a bond whether it is up.</summary>
    private void WatchBonds(Timestamp now)
    {
        for (int group = 0; group < _directory.Ports.Length; group++)
        {
            int bond = _directory.Ports[group];
            int usable = Bonds!.Usable(group);
            if (_ports[bond] is BondPort port)
            {
                port.Status = usable > 0 ? PortStatus.Up : PortStatus.Down;
            }

            IReadOnlyList<LinkMember> members = Bonds.Members(group);
            for (int i = 0; i < members.Count; i++)
            {
                LinkMember member = members[i];
                bool carries = member.Mux == LacpMuxState.Distributing;
                if (carries != _carries[member.Port])
                {
                    _carries[member.Port] = carries;
                    _events.Publish(now, carries ? LinkEventTypes.LinkJoined : LinkEventTypes.LinkLeft, _plan.Ports[bond].Name, _plan.Ports[member.Port].Name, (long)usable);
                }
            }
        }
    }

    private void Forgotten(LldpNeighbor neighbor) => Publish(_now, LinkEventTypes.NeighborLost, neighbor, "was silent for too long");

    private void Publish(Timestamp now, EventType type, LldpNeighbor neighbor, string why)
    {
        if (!_pace.MayPublish(now))
        {
            return;
        }

        string system = LldpWords.SystemOf(neighbor);
        string port = LldpWords.PortOf(neighbor);
        if (type == LinkEventTypes.NeighborLost)
        {
            _events.Publish(now, type, _plan.Ports[neighbor.LocalPort].Name, system, port, why);
        }
        else
        {
            _events.Publish(now, type, _plan.Ports[neighbor.LocalPort].Name, system, port);
        }
    }
}
