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

    /// <summary>All members of a table are behind one interface.</summary>
    public const ushort Port = 0;

    private readonly ReturnPathOptions _options;
    private readonly LbId[] _members;
    private readonly NetworkAddress[] _servers;
    private bool _ownsTable;
    private Timestamp _next;

    public ReturnPath(LbPlan plan, Routers routers, HashSeed seed, Timestamp start, ReturnPath? earlier = null)
    {
        (Plan, _next) = (plan, start);
        Front = routers.InterfaceAt(Routers.PortOf(routers.Plan, plan.Router), plan.Front);
        Back = routers.InterfaceAt(Routers.PortOf(routers.Plan, plan.Router), plan.Back);
        _options = new ReturnPathOptions
        {
            Seed = seed,
            IPv4Flows = plan.Flows,
            IPv6Flows = plan.Flows,
            Policy = plan.Policy,
            TakeOver = plan.TakeOver,
            // Room for those that a later configuration adds or an earlier one had.
            LoadBalancers = Math.Clamp(2 * plan.Members.Count, 64, 1024),
            Start = start,
        };
        _members = new LbId[plan.Members.Count];
        _servers = [.. plan.Servers];
        _ownsTable = earlier is null || earlier._options with { Start = start } != _options;
        Table = _ownsTable ? new ReturnPathTable(_options) : earlier!.Table;
        if (_ownsTable)
        {
            Enter();
        }
    }

    /// <summary>What was configured.</summary>
    public LbPlan Plan { get; }

    /// <summary>The interface to the load balancers.</summary>
    public int Front { get; }

    /// <summary>The interface to the servers.</summary>
    public int Back { get; }

    /// <summary>Remembers which flow is whose.</summary>
    public ReturnPathTable Table { get; private set; }

    /// <summary>True for a server whose replies go back to load balancers.</summary>
    public bool IsServer(TunnelAddress address)
    {
        foreach (ref readonly NetworkAddress network in _servers.AsSpan())
        {
            if (network.Address.SharesPrefix(address, network.PrefixLength))
            {
                return true;
            }
        }

        return _servers.Length == 0;
    }

    /// <summary>The table's name of a member.</summary>
    public LbId IdOf(int member) => _members[member];

    /// <summary>The name of a member for people.</summary>
    public string NameOf(LbId id) => MemberOf(id)?.Name ?? "?";

    /// <summary>The member of a name of the table's, null if it was removed.</summary>
    public LbMemberPlan? MemberOf(LbId id) => Array.IndexOf(_members, id) is >= 0 and int member ? Plan.Members[member] : null;

    /// <summary>Goes on where the one of that name in the configuration before stops: with its table if that would be built the same again, otherwise with its flows.</summary>
    public void TakeOver(ReturnPath old, Timestamp now)
    {
        MacAddress[] earlier = [.. old.Plan.Members.Select(member => member.Mac)];
        if (ReferenceEquals(Table, old.Table))
        {
            (_ownsTable, old._ownsTable) = (true, false);
            _next = old._next;
            Enter();
            RemoveOthers(earlier);
            return;
        }

        byte[] flows = new byte[old.Table.MaxExportLength];
        TakeOver(flows.AsSpan(0, old.Table.Export(flows, now)), earlier, now);
    }

    /// <summary>Takes over the flows of an earlier table. Members keep theirs by MAC address; those that are gone give theirs up.</summary>
    /// <param name="export">What the earlier table wrote.</param>
    /// <param name="earlier">MAC addresses of the members it had.</param>
    /// <param name="now">The time.</param>
    public void TakeOver(ReadOnlySpan<byte> export, IEnumerable<MacAddress> earlier, Timestamp now)
    {
        var table = new ReturnPathTable(_options);
        if (table.Import(export, now) is not (ReturnPathImportResult.Complete or ReturnPathImportResult.Partial))
        {
            table.Dispose();
            return;
        }

        Table.Dispose();
        Table = table;
        Enter();
        RemoveOthers(earlier);
    }

    /// <summary>Takes those that are no members any more out of the table.</summary>
    private void RemoveOthers(IEnumerable<MacAddress> earlier)
    {
        foreach (MacAddress mac in earlier)
        {
            if (!Plan.Members.Any(member => member.Mac == mac) && Table.TryMatchLb(mac, Port, out LbId gone))
            {
                _ = Table.RemoveLb(gone);
            }
        }
    }

    private void Enter()
    {
        for (int member = 0; member < _members.Length; member++)
        {
            if (!Table.TryMatchLb(Plan.Members[member].Mac, Port, out _members[member]))
            {
                _ = Table.TryAddLb(new LbIdentity { Mac = Plan.Members[member].Mac, Port = Port }, out _members[member]);
            }
        }
    }

    /// <summary>Ages flows when it is time.</summary>
    public void Advance(Timestamp now)
    {
        if (now >= _next)
        {
            _next = now + Period;
            _ = Table.Advance(now, AgeBudget);
        }
    }

    public void Dispose()
    {
        if (_ownsTable)
        {
            Table.Dispose();
        }
    }
}
