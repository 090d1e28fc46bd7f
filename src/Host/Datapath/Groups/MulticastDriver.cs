using Weft.Host.Config;
using Weft.Host.Observe;
using Weft.Host.Stages;
using Weft.Multicast;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Datapath.Groups;

/// <summary>Runs the multicast engine of a switch: gives it time, sends what it asks hosts, tells it which ports are up.</summary>
internal sealed class MulticastDriver : IDisposable
{
    /// <summary>How often carriers and idle flows are looked at.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Most timers and flows dealt with at a time.</summary>
    private const int Budget = 1024;

    private readonly MulticastWatch _watch;
    private readonly IPort[] _ports;
    private readonly bool[] _isUp;
    private bool _ownsEngine;
    private Timestamp _nextLook;

    public MulticastDriver(MulticastPlaces places, IPort[] ports, HashSeed seed, Timestamp start, EventLog events, MulticastDriver? earlier = null)
    {
        _ports = ports;
        _isUp = new bool[ports.Length];
        _isUp.AsSpan().Fill(true);
        _nextLook = start;
        Places = places;
        _ownsEngine = earlier is null || !MulticastOptionsFactory.IsSame(earlier.Places, places);
        Engine = _ownsEngine ? new MulticastSwitch(MulticastOptionsFactory.Create(Places, seed, start)) : earlier!.Engine;
        _watch = new MulticastWatch(places, Engine.Snooper, events);
        if (!_ownsEngine)
        {
            return;
        }

        foreach (MulticastRoutePlan route in places.Topology.Plan.Multicast.Routes)
        {
            Engine.SetRoute(MulticastOptionsFactory.RouteOf(Places, route));
        }
    }

    public MulticastSwitch Engine { get; }

    public MulticastPlaces Places { get; }

    /// <summary>What the engines of earlier configurations counted.</summary>
    public MulticastTotals Earlier { get; private set; }

    /// <summary>What was counted since the switch started.</summary>
    public MulticastTotals Totals => Earlier + new MulticastTotals(Engine.Counters, Engine.Snooper.Counters);

    /// <summary>When a timer of the engine is due.</summary>
    public Timestamp NextTimer => Engine.Snooper.NextWork;

    /// <summary>Does what is due.</summary>
    public void Advance(PacketVector vector, SwitchGraph graph)
    {
        Timestamp now = vector.Now;
        if (now < NextTimer && now < _nextLook)
        {
            return;
        }

        if (now >= _nextLook)
        {
            WatchPorts(now);
            _watch.Advance(now);
            _nextLook = now + LookInterval;
        }

        var sink = new MulticastControlSink(Places, vector, graph);
        Engine.Advance(now, ref sink, Budget);
        graph.Run();
    }

    /// <summary>Says that a port sends nothing at the moment, because a bridge node keeps it closed, or does so again.</summary>
    public void SetForwarding(int port, bool forwards) => Engine.SetPortUp(port, forwards && _isUp[port]);

    /// <summary>Goes on with the counts of the driver that this one replaces.</summary>
    public void CarryOver(MulticastDriver old)
    {
        if (GoesOnWith(old))
        {
            (_ownsEngine, old._ownsEngine, Earlier, _nextLook) = (true, false, old.Earlier, old._nextLook);
            old._isUp.CopyTo(_isUp, 0);
        }
        else
        {
            Earlier = old.Totals;
        }

        _watch.TakeAsSeen();
    }

    /// <summary>True if nothing changed for the engine of the configuration before, which goes on, flows and all.</summary>
    public bool GoesOnWith(MulticastDriver old) => ReferenceEquals(Engine, old.Engine);

    public void Dispose()
    {
        if (_ownsEngine)
        {
            Engine.Dispose();
        }
    }

    /// <summary>Listeners behind a link that is lost are gone; those behind one that comes up have not been asked (RFC 4541 section 2.1.1 (3)).</summary>
    private void WatchPorts(Timestamp now)
    {
        bool anyCameUp = false;
        for (int port = 0; port < _ports.Length; port++)
        {
            bool isUp = _ports[port].Status == PortStatus.Up;
            if (isUp == _isUp[port])
            {
                continue;
            }

            _isUp[port] = isUp;
            anyCameUp |= isUp;
            Engine.SetPortUp(port, isUp);
            if (!isUp)
            {
                Engine.Snooper.FlushPort(port);
            }
        }

        if (anyCameUp)
        {
            Engine.Snooper.QueryAgain(now);
        }
    }
}
