using Weft.Host.Config;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Datapath.Redirection;

/// <summary>
/// The mesh's translator with what it needs below IP: which port is whose, and how the application of each connection is reached. To the agent the switch is one
/// neighbour with a MAC address of its own, and to applications too.
/// </summary>
internal sealed class MeshGate : IDisposable
{
    /// <summary>Whom the agent reaches applications through: a locally administered address that is the same in every switch and leaves none.</summary>
    public static readonly MacAddress OwnMac = MacAddress.Parse("02:57:4d:65:73:68");

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private const int AgeBudget = 4096;

    private const int Chunk = 64;

    private readonly MeshSide[] _sides;
    private readonly MeshWay[] _ways;
    private readonly Dictionary<IPv6Address, MeshWay> _applications;
    private readonly IPv4Prefix _behindSwitch4;
    private readonly IPv6Prefix _behindSwitch6;
    private bool _ownsTranslator;
    private Timestamp _next;

    public MeshGate(MeshHostPlan plan, int ports, HashSeed seed, Timestamp start, MeshGate? earlier = null)
    {
        (Plan, _next) = (plan, start);
        _ownsTranslator = earlier is null || !IsSame(earlier.Plan, plan);
        Translator = _ownsTranslator
            ? new MeshTranslator(plan.Plan, new MeshTranslatorOptions { Seed = seed, Start = start, IPv4Flows = plan.Flows, IPv6Flows = plan.Flows, AllowPlaintext = plan.AllowPlaintext })
            : earlier!.Translator;
        _sides = new MeshSide[ports];
        Array.Fill(_sides, MeshSide.Network);
        _sides[plan.AgentPort] = MeshSide.Agent;
        foreach (MeshApplicationPlan application in plan.Applications)
        {
            _sides[application.Port] = MeshSide.Application;
        }

        _applications = plan.Applications
            .SelectMany(application => application.Addresses.Select(address => (address, Way: new MeshWay(application.Port, application.Mac, OwnMac))))
            .ToDictionary(pair => pair.address, pair => pair.Way);
        _ways = _ownsTranslator ? new MeshWay[Translator.Slots] : earlier!._ways;
        (_behindSwitch4, _behindSwitch6) = plan.Plan.Pool.ApplicationSide;
    }

    /// <summary>What was configured.</summary>
    public MeshHostPlan Plan { get; }

    /// <summary>The engine.</summary>
    public MeshTranslator Translator { get; }

    /// <summary>Which side is behind a port.</summary>
    public MeshSide SideOf(int port) => _sides[port];

    /// <summary>True for an address that the agent reaches through the switch.</summary>
    public bool IsBehindSwitch(IPv6Address address) =>
        MeshAddress.IsIPv4(address) ? _behindSwitch4.Contains(MeshAddress.ToIPv4(address)) : _behindSwitch6.Contains(address);

    /// <summary>Where the application that has one of this machine's addresses is.</summary>
    public MeshWay WayTo(IPv6Address own) => _applications[own];

    /// <summary>How the application of a connection is reached.</summary>
    public ref MeshWay WayOf(int slot) => ref _ways[slot];

    /// <summary>Forgets connections when it is time.</summary>
    public void Advance(Timestamp now)
    {
        if (now >= _next)
        {
            _next = now + Period;
            _ = Translator.Advance(now, AgeBudget);
        }
    }

    /// <summary>Goes on with the connections of the configuration before: all of them if it is the same mesh, otherwise those of applications that are still there.</summary>
    /// <param name="old">The gate before.</param>
    /// <param name="ports">By number of a port before, its number now; -1 if it is gone.</param>
    /// <param name="now">The time.</param>
    public void TakeOver(MeshGate old, ReadOnlySpan<int> ports, Timestamp now)
    {
        if (ReferenceEquals(Translator, old.Translator))
        {
            (_ownsTranslator, old._ownsTranslator, _next) = (true, false, old._next);
            for (int slot = 0; slot < _ways.Length && !IsIdentity(ports); slot++)
            {
                _ways[slot] = _ways[slot] with { Port = Math.Max(0, ports[_ways[slot].Port]) };
            }

            return;
        }

        var flows = new MeshFlow[Chunk];
        int[] slots = new int[Chunk];
        int cursor = 0;
        do
        {
            int count = old.Translator.CopyTo(ref cursor, flows, slots, now);
            for (int i = 0; i < count; i++)
            {
                MeshWay way = old.WayOf(slots[i]);
                int port = ports[way.Port];
                if (port >= 0 && SideOf(port) == MeshSide.Application && Translator.TryAdopt(in flows[i], now, out int slot))
                {
                    WayOf(slot) = way with { Port = port };
                }
            }
        }
        while (cursor != 0);
    }

    public void Dispose()
    {
        if (_ownsTranslator)
        {
            Translator.Dispose();
        }
    }

    private static bool IsIdentity(ReadOnlySpan<int> numbers)
    {
        for (int number = 0; number < numbers.Length; number++)
        {
            if (numbers[number] != number)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True if a translator made for one plan does what one made for the other would.</summary>
    private static bool IsSame(MeshHostPlan old, MeshHostPlan plan) =>
        (old.Flows, old.AllowPlaintext, old.Plan.Self.Id, old.Plan.Pool) == (plan.Flows, plan.AllowPlaintext, plan.Plan.Self.Id, plan.Plan.Pool)
        && old.Plan.Machines.Select(Identity).SequenceEqual(plan.Plan.Machines.Select(Identity))
        && old.Plan.Machines.SelectMany(machine => machine.Addresses).SequenceEqual(plan.Plan.Machines.SelectMany(machine => machine.Addresses))
        && old.Plan.Machines.SelectMany(machine => machine.Ports).SequenceEqual(plan.Plan.Machines.SelectMany(machine => machine.Ports))
        && old.Applications.SelectMany(application => application.Addresses.Select(address => (address, application.Mac)))
            .SequenceEqual(plan.Applications.SelectMany(application => application.Addresses.Select(address => (address, application.Mac))));

    private static (MachineId, SpiffeId, MeshEndpoint, int, int) Identity(MeshMachine machine) => (machine.Id, machine.Identity, machine.Tunnel, machine.Addresses.Length, machine.Ports.Length);
}
