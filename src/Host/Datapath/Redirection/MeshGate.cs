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

    private readonly MeshSide[] _sides;
    private readonly MeshWay[] _ways;
    private readonly Dictionary<IPv6Address, MeshWay> _applications;
    private readonly IPv4Prefix _behindSwitch4;
    private readonly IPv6Prefix _behindSwitch6;
    private Timestamp _next;

    public MeshGate(MeshHostPlan plan, int ports, HashSeed seed, Timestamp start)
    {
        (Plan, _next) = (plan, start);
        Translator = new MeshTranslator(plan.Plan, new MeshTranslatorOptions { Seed = seed, Start = start, IPv4Flows = plan.Flows, IPv6Flows = plan.Flows, AllowPlaintext = plan.AllowPlaintext });
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
        _ways = new MeshWay[Translator.Slots];
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

    public void Dispose() => Translator.Dispose();
}
