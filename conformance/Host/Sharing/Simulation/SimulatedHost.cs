using Weft.Cluster;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath.Sharing;
using Weft.Nat;
using Weft.Packets;
using PortBlock = Weft.Nat.PortBlock;

namespace Weft.Conformance.HostTests;

/// <summary>What a host has to do with its cluster, with the code that a switch has for it and no switch.</summary>
internal sealed class SimulatedHost : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time;
    private readonly SimulatedCluster _cluster;
    private readonly NatPlan _nat;
    private PeerDiscovery? _discovery;
    private LeasedBlocks? _blocks;

    public SimulatedHost(SimulatedCluster cluster, int number, IReadOnlyList<uint> segments, NatPlan nat, ManualTime time)
    {
        (_cluster, Name, _nat, _time) = (cluster, $"host{number}", nat, time);
        Announces = [.. segments.Select(vni => (vni, TunnelAddress.TryParse($"10.{number >> 16}.{(number >> 8) & 0xFF}.{number & 0xFF}", out TunnelAddress address) ? address : default))];
        Line = new SimulatedLine(cluster.Store, cluster.Load);
    }

    public string Name { get; }

    public SimulatedLine Line { get; private set; }

    public bool IsRunning => _discovery is not null;

    /// <summary>What the others should know of it.</summary>
    public (uint Vni, TunnelAddress Address)[] Announces { get; }

    /// <summary>Blocks that its NAT uses.</summary>
    public HashSet<PortBlock> Held { get; } = [];

    public int Ready => _blocks?.Picture.Ready ?? 0;

    /// <summary>Until when it may use its blocks.</summary>
    public Timestamp Deadline => _blocks?.Picture.Deadline ?? Timestamp.Zero;

    /// <summary>Times that its switch was told of other peers.</summary>
    public int Changes { get; private set; }

    public IEnumerable<(uint Vni, TunnelAddress Address, string Host)> Known => _discovery?.Known ?? [];

    public void Start()
    {
        var plan = new ClusterPlan { Host = Name, File = "none", Lease = Lease };
        Line = new SimulatedLine(_cluster.Store, _cluster.Load);
        _discovery = new PeerDiscovery(Line, plan, Changed, _time);
        _discovery.Announce(Announces);
        _blocks = new LeasedBlocks(Line, plan, _nat, _time);
    }

    public async ValueTask DisposeAsync()
    {
        await (_discovery?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_blocks?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Its process is gone at once; the store hears nothing of that.</summary>
    public void Crash()
    {
        Line.IsCut = true;
        _cluster.Ended.AddRange([_discovery!.DisposeAsync().AsTask(), _blocks!.DisposeAsync().AsTask()]);
        (_discovery, _blocks) = (null, null);
        Held.Clear();
    }

    /// <summary>What its worker does at times: it takes answers, and asks for as many blocks as its flows need.</summary>
    public void Work(int needed, Timestamp now)
    {
        if (_blocks is null)
        {
            return;
        }

        if (Held.Count < needed)
        {
            _blocks.Request(default, now);
        }

        while (_blocks.TryTakeAnswer(now, out LeaseAnswer answer))
        {
            _ = answer.Kind == LeaseAnswerKind.Lost ? Held.Remove(answer.Block) : Held.Add(answer.Block);
        }
    }

    private Task Changed()
    {
        Changes++;
        return Task.CompletedTask;
    }
}
