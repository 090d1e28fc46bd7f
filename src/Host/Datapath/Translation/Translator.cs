using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Host.Observe;
using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Datapath.Translation;

/// <summary>The NAT of one router: engine, blocks, tunnel.</summary>
internal sealed class Translator : IDisposable
{
    /// <summary>All machines of a router are in one network.</summary>
    public const uint Scope = 0;

    /// <summary>Time between two looks at timers and blocks.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Ports that are never enough: every block of the plan is held.</summary>
    private const int AllPorts = 65_536;

    private const int TimerBudget = 4096;
    private const int EventsAtOnce = 64;

    private readonly Routing.Routers _routers;
    private readonly Func<NatPlan, LeasedBlocks>? _leases;
    private readonly IPv4Address _speaker;
    private readonly IPv4Address[] _shared;
    private readonly IPv4Prefix[] _inside;
    private readonly NatEvent[] _drained = new NatEvent[EventsAtOnce];
    private readonly EventLog? _events;
    private BlockKeeper? _keeper;
    private bool _ownsEngine;
    private Timestamp _next;
    private int _sweep;

    public Translator(NatPlan plan, Routing.Routers routers, HashSeed seed, Timestamp start, EventLog? events, Func<NatPlan, LeasedBlocks>? leases, Translator? earlier = null)
    {
        (Plan, _routers, _events, _leases, _next) = (plan, routers, events, leases, start);
        Outside = routers.InterfaceAt(Routing.Routers.PortOf(routers.Plan, plan.Router), plan.Outside);
        int speaker = routers.SpeakerOf(Outside, isIPv6: false);
        _speaker = speaker >= 0 ? routers.Locals[speaker].Address.V4 : new NatOptions { Seed = seed }.RouterAddress;
        _inside = [.. plan.Inside];
        _shared = [.. plan.Shared?.Addresses ?? plan.Blocks.Select(block => block.Address).Distinct()];
        _ownsEngine = earlier is null || !CanKeepEngine(earlier);
        if (!_ownsEngine)
        {
            (Engine, Tunnel) = (earlier!.Engine, earlier.Tunnel);
            return;
        }

        Engine = new NatEngine(new NatOptions
        {
            // The secret of one table must not be that of another.
            Seed = new HashSeed(~seed.Low, seed.High),
            Entries = plan.Entries,
            Machines = plan.Machines,
            MappingsPerMachine = plan.MappingsPerMachine,
            Udp = plan.Behavior,
            Tcp = plan.Behavior,
            Icmp = plan.Behavior,
            RouterAddress = _speaker,
            Logging = plan.Logging,
            Start = start,
        });
        Tunnel = plan.Tunnel is NatTunnelPlan tunnel
            ? new NatTunnel(new NatTunnelOptions { Plan = new DsnatAddressPlan(tunnel.Prefix), Source = tunnel.Source, Hosts = tunnel.Hosts, Mtu = tunnel.MtuBytes, RouterAddress = _speaker })
            : null;
    }

    /// <summary>What was configured.</summary>
    public NatPlan Plan { get; }

    /// <summary>The interface that leads outside.</summary>
    public int Outside { get; }

    /// <summary>Translates.</summary>
    public NatEngine Engine { get; }

    /// <summary>Entry and exit of the tunnel, if there is one.</summary>
    public NatTunnel? Tunnel { get; }

    /// <summary>The blocks that are held.</summary>
    public IEnumerable<PortBlock> Blocks => _keeper?.Blocks ?? [];

    /// <summary>True for an address that machines share.</summary>
    public bool IsShared(IPv4Address address) => _shared.AsSpan().Contains(address);

    /// <summary>True for a machine whose packets are translated.</summary>
    public bool Covers(IPv4Address address)
    {
        foreach (ref readonly IPv4Prefix prefix in _inside.AsSpan())
        {
            if (prefix.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True for the outer destination of a packet in the tunnel.</summary>
    public bool IsTunnel(in IPv6View view) => Plan.Tunnel is NatTunnelPlan tunnel && view.NextHeader == IpProtocol.IPv4
        && (view.Destination == tunnel.Source || tunnel.Prefix.Contains(view.Destination));

    /// <summary>Does what is due. True if errors or fragments may wait to be sent.</summary>
    public bool Advance(Timestamp now)
    {
        if (now < _next)
        {
            return false;
        }

        _next = now + Period;
        _ = Engine.Advance(now, TimerBudget);
        _ = Engine.SweepMoved(ref _sweep, now);
        _keeper!.Advance(now);
        Publish(now);
        return true;
    }

    /// <summary>Begins with an empty table: takes its blocks, opens static ports.</summary>
    public void Begin(Timestamp now)
    {
        // A twin knows the blocks that its original has, and leases none.
        _keeper = Plan.Shared is NatSharedPlan shared && _leases is not null ? Lease(shared, _leases(Plan), now) : Own(Plan.Blocks, now);
        foreach (NatStaticPlan known in Plan.Statics)
        {
            _ = Engine.TryAddStatic(Scope, known.Protocol, known.Inside, known.InsidePort, known.Outside, known.OutsidePort, now);
        }
    }

    /// <summary>Takes blocks that this host got meanwhile, as from the process that it goes on for.</summary>
    public void Adopt(Timestamp now)
    {
        foreach ((PortBlock block, Timestamp expires) in Plan.Shared is not null && _leases is not null ? _leases(Plan).BeginAgain() : [])
        {
            _ = _keeper!.TryAdopt(block, expires, now);
        }
    }

    /// <summary>Goes on where the translator of that name in the configuration before stops: with its engine if nothing changed, otherwise with its flows.</summary>
    public void TakeOver(Translator old, Timestamp now)
    {
        if (ReferenceEquals(Engine, old.Engine))
        {
            (_ownsEngine, old._ownsEngine) = (true, false);
            (_keeper, _next, _sweep) = (old._keeper, old._next, old._sweep);
            return;
        }

        Begin(now);
        byte[] flows = new byte[old.Engine.MaxExportLength];
        _ = Engine.Import(flows.AsSpan(0, old.Engine.Export(flows, now)), now);
    }

    public void Dispose()
    {
        if (_ownsEngine)
        {
            Engine.Dispose();
        }
    }

    /// <summary>True if the engine of the configuration before would be built the same again.</summary>
    private bool CanKeepEngine(Translator old) =>
        old.Plan with { Router = Plan.Router, Outside = Plan.Outside, Inside = Plan.Inside, Blocks = Plan.Blocks, Statics = Plan.Statics, Shared = Plan.Shared } == Plan
        && (old._speaker, RouterOf(old), OutsideOf(old)) == (_speaker, RouterOf(this), OutsideOf(this))
        && old.Plan.Blocks.SequenceEqual(Plan.Blocks) && old.Plan.Statics.SequenceEqual(Plan.Statics)
        && (old.Plan.Shared is null == Plan.Shared is null)
        && (Plan.Shared is null || (old.Plan.Shared! with { Addresses = Plan.Shared.Addresses } == Plan.Shared && old.Plan.Shared.Addresses.SequenceEqual(Plan.Shared.Addresses)))
        && old._leases is null == _leases is null;

    private static string RouterOf(Translator nat) => nat._routers.Plan.Routers[nat.Plan.Router].Name;

    private static string OutsideOf(Translator nat) => nat._routers.Plan.Segments[nat.Plan.Outside].Name;

    private BlockKeeper Own(IReadOnlyList<PortBlock> blocks, Timestamp start)
    {
        var keeper = new BlockKeeper(Engine, new StaticBlockLeases(blocks), new BlockKeeperOptions { MaxBlocks = Math.Max(1, blocks.Count), SparePorts = AllPorts });
        for (int block = 0; block <= blocks.Count; block++)
        {
            keeper.Advance(start);
        }

        return keeper;
    }

    private BlockKeeper Lease(NatSharedPlan shared, LeasedBlocks leases, Timestamp start)
    {
        var keeper = new BlockKeeper(Engine, leases, new BlockKeeperOptions { MaxBlocks = shared.MaxBlocks, SparePorts = shared.SparePorts, Retry = leases.Patience });
        foreach ((PortBlock block, Timestamp expires) in leases.BeginAgain())
        {
            _ = keeper.TryAdopt(block, expires, start);
        }

        return keeper;
    }

    private void Publish(Timestamp now)
    {
        for (int count = Engine.DrainEvents(_drained); count > 0; count = Engine.DrainEvents(_drained))
        {
            foreach (ref readonly NatEvent happened in _drained.AsSpan(0, count))
            {
                _events?.Publish(
                    now,
                    NatEventTypes.Of(happened.Kind),
                    Plan.Name,
                    (long)(byte)happened.Protocol,
                    happened.Inside,
                    (long)happened.InsidePort,
                    happened.Outside,
                    (long)happened.OutsidePort,
                    (long)(happened.OutsideLastPort == 0 ? happened.OutsidePort : happened.OutsideLastPort));
            }
        }
    }
}
