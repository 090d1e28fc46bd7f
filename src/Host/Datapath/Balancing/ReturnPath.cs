using Weft.Host.Config;
using Weft.Host.Datapath.Routing;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Host.Datapath.Balancing;

/// <summary>The way back to the load balancers of one router.</summary>
internal sealed class ReturnPath : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Places looked at in a period: a table of the default size is passed over in seven seconds.</summary>
    private const int AgeBudget = 2048;

    private readonly LbId[] _members;
    private Timestamp _next;

    public ReturnPath(LbPlan plan, Routers routers, HashSeed seed, Timestamp start)
    {
        (Plan, _next) = (plan, start);
        Front = routers.InterfaceAt(Routers.PortOf(routers.Plan, plan.Router), plan.Front);
        Back = routers.InterfaceAt(Routers.PortOf(routers.Plan, plan.Router), plan.Back);
        Table = new ReturnPathTable(new ReturnPathOptions
        {
            Seed = seed,
            IPv4Flows = plan.Flows,
            IPv6Flows = plan.Flows,
            Policy = plan.Policy,
            TakeOver = plan.TakeOver,
            LoadBalancers = Math.Max(1, plan.Members.Count),
            Start = start,
        });
        _members = new LbId[plan.Members.Count];
        for (int member = 0; member < _members.Length; member++)
        {
            _ = Table.TryAddLb(new LbIdentity { Mac = plan.Members[member].Mac, Port = (ushort)plan.Front }, out _members[member]);
        }
    }

    /// <summary>What was configured.</summary>
    public LbPlan Plan { get; }

    /// <summary>The interface to the load balancers.</summary>
    public int Front { get; }

    /// <summary>The interface to the servers.</summary>
    public int Back { get; }

    /// <summary>Remembers which flow is whose.</summary>
    public ReturnPathTable Table { get; }

    /// <summary>The table's name of a member.</summary>
    public LbId IdOf(int member) => _members[member];

    /// <summary>The name of a member for people.</summary>
    public string NameOf(LbId id) => Array.IndexOf(_members, id) is >= 0 and int member ? Plan.Members[member].Name : "?";

    /// <summary>Ages flows when it is time.</summary>
    public void Advance(Timestamp now)
    {
        if (now >= _next)
        {
            _next = now + Period;
            _ = Table.Advance(now, AgeBudget);
        }
    }

    public void Dispose() => Table.Dispose();
}
