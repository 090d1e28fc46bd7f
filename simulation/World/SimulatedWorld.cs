using Weft.Cluster;
using Weft.Host.Config;
using Weft.Packets;
using Weft.Simulation.Hosts;
using Weft.Simulation.Traffic;

namespace Weft.Simulation.World;

/// <summary>
/// A deployment and everything around it: hosts, the store that they share, networks between them, machines that talk. What happens is decided by the seed,
/// and by what is done to it from outside.
/// </summary>
internal sealed class SimulatedWorld : IDisposable
{
    public const int TickMilliseconds = 10;

    private const long TickNanoseconds = TickMilliseconds * 1_000_000L;

    private readonly SimulatedClock _storeClock = new(1_000_000_000);
    private readonly EmbeddedStore _store;
    private readonly List<Lan> _lans = [];
    private readonly List<Station> _stations = [];
    private readonly List<(SimulatedHost Host, SimulatedPort Port, Lan Lan, Plug Plug)> _wires = [];
    private readonly Plug[] _machinePlugs = new Plug[Layout.Computes];
    private readonly Random _chance;
    private ulong _digest = 14_695_981_039_346_656_037;
    private long _settledAt = -1;
    private uint _calls;
    private ulong _moves;

    public SimulatedWorld(int seed, Sabotage sabotage = Sabotage.None)
    {
        (_chance, Sabotage, IsStoreAsked) = (new Random(seed), sabotage, seed % 2 == 0);
        // A short history: who was away for longer must read anew.
        _store = new EmbeddedStore(new EmbeddedStoreOptions { TimeProvider = _storeClock, History = 16 });
        Hosts = [.. Layout.Plans.Select((plan, number) => new SimulatedHost(this, number, Spoilt(plan, number), _store, _chance.Next()))];
        Build();
        Judge = new Judge(this);
        Array.ForEach(Hosts, host => host.Start());
    }

    public Laws Laws { get; } = new();

    public Judge Judge { get; }

    public Sabotage Sabotage { get; }

    /// <summary>Whether service nodes ask the store before they own anything.</summary>
    public bool IsStoreAsked { get; }

    public long Tick => Laws.Tick;

    public SimulatedHost[] Hosts { get; }

    /// <summary>By their numbers.</summary>
    public List<Conversation> Conversations { get; } = [];

    public IReadOnlyList<Lan> Lans => _lans;

    public EmbeddedStore Store => _store;

    /// <summary>The machine that moves, and the host where it runs.</summary>
    public Station Machine { get; private set; } = null!;

    public int MachineAt { get; private set; }

    public SimulatedMove? Move { get; private set; }

    /// <summary>Machines of tenant red at the hosts; the first one speaks to the group, the others may listen.</summary>
    public Station[] Red { get; } = new Station[Layout.Computes];

    /// <summary>The load balancers' machines.</summary>
    public Station[] Balancers { get; } = new Station[2];

    /// <summary>Changes when what the services of the machine remembered is lost.</summary>
    public long MachineGround { get; set; }

    /// <summary>Changes while a host that did not reach the store for a lease is not in the lists of the others.</summary>
    public long PeersGround { get; set; }

    /// <summary>Changes when the second of two bridge nodes fails while the first one comes back.</summary>
    public long BridgeGround { get; set; }

    /// <summary>Changes when flows of the point of presence may be lost.</summary>
    public long PresenceGround { get; set; }

    public long MovesDone { get; private set; }

    /// <summary>Takes what happens, for whoever wants to read it; null if nobody does.</summary>
    public Action<string>? Tale { get; init; }

    /// <summary>Tells something, with the time.</summary>
    public void Tell(string what) => Tale?.Invoke($"{Tick * TickMilliseconds,6} ms  {what}");

    /// <summary>What was sent so far, as a number: the same for the same run.</summary>
    public ulong Digest => _digest;

    /// <summary>Frames sent so far.</summary>
    public long FramesCarried { get; private set; }

    public static readonly IPv4Address Group = IPv4Address.Parse("239.1.1.1");

    public Lan LanOf(string name) => _lans.Single(lan => lan.Name == name);

    /// <summary>Plugs of a host in the networks between hosts.</summary>
    public IEnumerable<Plug> Trunks(int host) => _wires.Where(wire => wire.Host.Number == host && wire.Lan.Name is ("underlay" or "fabric" or "vlans")).Select(wire => wire.Plug);

    /// <summary>Whether the ways between the bridge nodes are as they should be.</summary>
    public bool IsBridgeWhole { get; set; } = true;

    /// <summary>Begins to move the machine to a host, if it can.</summary>
    public async Task MoveAsync(int to)
    {
        SimulatedHost from = Hosts[MachineAt], target = Hosts[to];
        if (Move is null && to != MachineAt && from.Runs && target.Runs)
        {
            Tell($"the machine is to move from {from.Name} to {target.Name}");
            Move = await SimulatedMove.BeginAsync(from, target, "vm", ++_moves, () => Trunks(from.Number).All(plug => plug.IsIn) && Trunks(to).All(plug => plug.IsIn), Sabotage == Sabotage.ForgottenFlows).ConfigureAwait(false);
        }
    }

    /// <summary>A tick passes.</summary>
    public async Task StepAsync()
    {
        Laws.Tick++;
        _storeClock.Advance(TickNanoseconds);
        foreach (SimulatedHost host in Hosts)
        {
            host.Pass(TickNanoseconds);
        }

        if (SimulatedClock.Stirs != _settledAt)
        {
            await SettleAsync().ConfigureAwait(false);
            _settledAt = SimulatedClock.Stirs;
        }

        foreach (Lan lan in _lans)
        {
            lan.Deliver(Tick);
        }

        foreach (Station station in _stations)
        {
            station.Act();
        }

        if (Tick % 20 == 0)
        {
            Red[0].Call(Group, _calls++);
        }

        if (Move is not null)
        {
            await Move.StepAsync().ConfigureAwait(false);
            MovesDone += Move is { IsOver: true, HasMoved: true } ? 1 : 0;
            if (Move.IsOver)
            {
                Tell($"the move is over: {(Move.HasMoved ? "moved" : "not moved")}");
                Move = null;
            }
        }

        foreach (SimulatedHost host in Hosts)
        {
            host.Work();
        }

        foreach ((SimulatedHost host, SimulatedPort port, Lan lan, Plug plug) in _wires)
        {
            foreach (byte[] frame in port.Sent)
            {
                Digest64(frame);
                lan.Carry(plug, frame, Tick);
            }

            port.Sent.Clear();
        }

        PlaceMachine();
        Judge.Look();
    }

    public void Dispose()
    {
        foreach (SimulatedHost host in Hosts)
        {
            host.Crash();
        }

        _ = _store.DisposeAsync().AsTask();
    }

    /// <summary>Lets everything that waits for the store and was answered go on.</summary>
    private static async Task SettleAsync()
    {
        do
        {
            // To the end of the queue of the one thread that there is.
            await Task.Yield();
        }
        while (ThreadPool.PendingWorkItemCount > 0);
    }

    private SwitchPlan Spoilt(SwitchPlan plan, int host) => Sabotage switch
    {
        Sabotage.MixedTenants when host == 2 => plan with { Ports = [.. plan.Ports.Select(port => port.Name is "red" or "blue" ? port with { NativeVlan = (ushort)(30 - port.NativeVlan) } : port)] },
        Sabotage.TwoBridges when host is Layout.BridgeA or Layout.BridgeB => plan with { Bridges = [] },
        _ => plan,
    };

    /// <summary>Whoever serves the machine runs it.</summary>
    private void PlaceMachine()
    {
        for (int host = 0; host < Layout.Computes; host++)
        {
            if (host != MachineAt && Judge.Serves(host) && !Judge.Serves(MachineAt))
            {
                MachineAt = host;
                Tell($"the machine is at {Hosts[host].Name}, epoch {Hosts[host].Machine!.Epoch}");
                int now = host;
                Machine.Wire = frame => LanOf($"vm{now}").Carry(_machinePlugs[now], frame, Tick);
                Machine.Announce();
            }
        }
    }

    private void Digest64(byte[] frame)
    {
        FramesCarried++;
        ulong digest = _digest ^ (ulong)Tick;
        foreach (byte octet in frame)
        {
            digest = (digest ^ octet) * 1_099_511_628_211;
        }

        _digest = digest;
    }

    private void Build()
    {
        Lan underlay = NewLan("underlay"), vlans = NewLan("vlans"), fabric = NewLan("fabric"), uplink = NewLan("uplink"), front = NewLan("front"), back = NewLan("back");
        var memory = new Internet.Memory { Quarantine = (long)(Layout.QuarantineSeconds * 0.95 * 1_000 / TickMilliseconds) };
        for (int host = 0; host < Layout.Computes; host++)
        {
            Connect(host, "up", underlay);
        }

        Connect(Layout.BridgeA, "up", underlay);
        Connect(Layout.BridgeB, "up", underlay);
        Connect(Layout.BridgeA, "edge", vlans);
        Connect(Layout.BridgeB, "edge", vlans);
        Connect(Layout.Gateway, "fabric", fabric);
        Connect(Layout.NodeA, "fabric", fabric);
        Connect(Layout.NodeB, "fabric", fabric);
        Connect(Layout.NodeA, "uplink", uplink);
        Connect(Layout.NodeB, "uplink", uplink);
        Connect(Layout.ReturnPath, "front", front);
        Connect(Layout.ReturnPath, "back", back);

        var blue = new Station[Layout.Computes];
        var peers = new Station[Layout.Computes];
        var machines = new Station[Layout.Computes];
        for (int host = 0; host < Layout.Computes; host++)
        {
            int i = host + 1;
            // Tenants have the same addresses, IP and MAC, on purpose.
            Red[host] = Attach(host, "red", new Station(this, 1, Mac(0x10, i), At($"10.1.0.1{i}")));
            blue[host] = Attach(host, "blue", new Station(this, 2, Mac(0x10, i), At($"10.1.0.1{i}")));
            peers[host] = Attach(host, "peer", new Station(this, 3, Mac(0x30, i), At($"10.3.0.1{i}")));
            machines[host] = Attach(host, "lan", new Station(this, 4, Mac(0x40, i), At("10.4.0.5"), At("10.4.0.1")));
            _ = Attach(host, "out", new Internet(this, Mac(0x50, i), At($"10.9.{i}.1"), memory) { Host = Hosts[host] });
            Lan lan = NewLan($"vm{host}");
            int here = host;
            Connect(host, "vm", lan);
            _machinePlugs[host] = lan.Add("vm", -1, frame =>
            {
                if (MachineAt == here)
                {
                    Machine.Arrive(frame);
                }
            });
        }

        Machine = Add(new Station(this, 3, Mac(0x30, 9), At("10.3.0.9")));
        Machine.Wire = frame => LanOf("vm0").Carry(_machinePlugs[0], frame, Tick);
        Station physical = Join(vlans, new Station(this, 1, Mac(0x11, 1), At("10.1.0.50")) { Vlan = 10 });
        _ = Join(uplink, new Internet(this, Mac(0x51, 1), At("203.0.113.254"), memory));
        Station acme = Attach(Layout.Gateway, "acme", new Station(this, 5, Mac(0x60, 1), At("10.0.0.5"), At("10.0.0.1")));
        Station globex = Attach(Layout.Gateway, "globex", new Station(this, 6, Mac(0x60, 1), At("10.0.0.5"), At("10.0.0.1")));
        for (int member = 0; member < 2; member++)
        {
            Balancers[member] = Join(front, new Station(this, 7, new MacAddress(0x0200_0000_1B01UL + (ulong)member), At($"10.20.0.1{member + 1}"), At("10.20.0.1")));
        }

        Station server = Join(back, new Station(this, 7, Mac(0x70, 1), At("10.30.0.2"), At("10.30.0.1")));
        Talk("red", Red[0], Red[1].Address);
        Talk("red", Red[2], Red[0].Address);
        Talk("to the VLANs", Red[0], physical.Address, () => BridgeGround);
        Talk("from the VLANs", physical, Red[1].Address, () => BridgeGround);
        Talk("blue", blue[0], blue[1].Address, () => PeersGround);
        Talk("blue", blue[1], blue[2].Address, () => PeersGround);
        Talk("from the machine", Machine, peers[2].Address, () => MachineGround);
        Talk("to the machine", peers[1], Machine.Address, () => MachineGround);
        for (int host = 0; host < Layout.Computes; host++)
        {
            SimulatedHost translates = Hosts[host];
            Talk($"NAT of {translates.Name}", machines[host], Internet.Server, () => translates.NatGround);
            Conversations.Add(new Conversation((byte)Conversations.Count, $"brief connections through {translates.Name}", machines[host], Internet.Server, isBrief: true));
        }

        Talk("site of acme", acme, Internet.Server, () => PresenceGround);
        Talk("site of globex", globex, Internet.Server, () => PresenceGround);
        Talk("balancer 1", Balancers[0], server.Address, source: At("198.51.100.61"));
        Talk("balancer 2", Balancers[1], server.Address, source: At("198.51.100.62"));
        Red[1].Group = Red[2].Group = Group;
    }

    private void Talk(string name, Station client, IPv4Address server, Func<long>? ground = null, IPv4Address? source = null) =>
        Conversations.Add(new Conversation((byte)Conversations.Count, name, client, server, ground, source));

    private Lan NewLan(string name)
    {
        var lan = new Lan(name, _chance, Laws);
        _lans.Add(lan);
        return lan;
    }

    private void Connect(int host, string port, Lan lan)
    {
        SimulatedHost owner = Hosts[host];
        SimulatedPort plugged = owner.Port(port);
        _wires.Add((owner, plugged, lan, lan.Add($"{owner.Name}.{port}", host, frame =>
        {
            if (owner.Switch is not null)
            {
                plugged.Arrive(frame);
            }
        })));
    }

    private T Attach<T>(int host, string port, T station) where T : Station
    {
        Lan lan = NewLan($"{port}{host}");
        Connect(host, port, lan);
        return Join(lan, station);
    }

    private T Join<T>(Lan lan, T station) where T : Station
    {
        Plug plug = lan.Add($"{station}", -1, station.Arrive);
        station.Wire = frame => lan.Carry(plug, frame, Tick);
        return Add(station);
    }

    private T Add<T>(T station) where T : Station
    {
        _stations.Add(station);
        return station;
    }

    private static MacAddress Mac(byte kind, int number) => new(0x0200_0000_0000UL | ((ulong)kind << 8) | (uint)number);

    private static IPv4Address At(string text) => IPv4Address.Parse(text);
}
