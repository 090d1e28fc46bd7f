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

    private readonly BlockKeeper _keeper;
    private readonly IPv4Address[] _shared;
    private readonly IPv4Prefix[] _inside;
    private readonly NatEvent[] _drained = new NatEvent[EventsAtOnce];
    private readonly EventLog? _events;
    private Timestamp _next;
    private int _sweep;

    public Translator(NatPlan plan, Routing.Routers routers, HashSeed seed, Timestamp start, EventLog? events, Func<NatPlan, LeasedBlocks>? leases)
    {
        (Plan, _events, _next) = (plan, events, start);
        Outside = routers.InterfaceAt(Routing.Routers.PortOf(routers.Plan, plan.Router), plan.Outside);
        int speaker = routers.SpeakerOf(Outside, isIPv6: false);
        IPv4Address address = speaker >= 0 ? routers.Locals[speaker].Address.V4 : new NatOptions { Seed = seed }.RouterAddress;
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
            RouterAddress = address,
            Logging = plan.Logging,
            Start = start,
        });
        Tunnel = plan.Tunnel is NatTunnelPlan tunnel
            ? new NatTunnel(new NatTunnelOptions { Plan = new DsnatAddressPlan(tunnel.Prefix), Source = tunnel.Source, Hosts = tunnel.Hosts, Mtu = tunnel.MtuBytes, RouterAddress = address })
            : null;
        _inside = [.. plan.Inside];
        _shared = [.. plan.Shared?.Addresses ?? plan.Blocks.Select(block => block.Address).Distinct()];
        // A twin knows the blocks that its original has, and leases none.
        _keeper = plan.Shared is NatSharedPlan shared && leases is not null ? Lease(shared, leases(plan), start) : Own(plan.Blocks, start);

        foreach (NatStaticPlan known in plan.Statics)
        {
            _ = Engine.TryAddStatic(Scope, known.Protocol, known.Inside, known.InsidePort, known.Outside, known.OutsidePort, start);
        }
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
    public IEnumerable<PortBlock> Blocks => _keeper.Blocks;

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
        _keeper.Advance(now);
        Publish(now);
        return true;
    }

    public void Dispose() => Engine.Dispose();

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
        var keeper = new BlockKeeper(Engine, leases, new BlockKeeperOptions { MaxBlocks = shared.MaxBlocks, SparePorts = shared.SparePorts });
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
