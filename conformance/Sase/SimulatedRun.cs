using System.Buffers.Binary;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>A point of presence under traffic and mishaps, and the laws that hold whatever happens.</summary>
internal sealed class SimulatedRun : IDisposable
{
    public const uint Acme = 1001;
    public const uint Globex = 1002;

    private readonly Dictionary<(int Gateway, int Bundle), Epoch> _accepted = [];
    private readonly Dictionary<(int Bundle, Epoch Epoch), int> _owners = [];
    private readonly Dictionary<(IPv4Address, ushort), (uint, ushort)> _holders = [];
    private readonly Dictionary<(uint Vni, ushort Port), (IPv4Address, ushort)> _endpoints = [];
    private int _dead = -1;

    public SimulatedRun(int seed, Func<int, ServiceNodeOptions, ServiceNodeOptions>? adjust = null)
    {
        Random = new Random(seed);
        Pop = new Pop(2, 3, [Make(Acme), Make(Globex, 1)], seed, adjust: adjust, skewed: true)
        {
            OnUplink = Left,
            OnAccepted = Accepted,
        };
    }

    public Pop Pop { get; }

    public Random Random { get; }

    /// <summary>Lets something go wrong, or come right.</summary>
    public void Suffer(in Mishap mishap)
    {
        switch (mishap.Kind)
        {
            case MishapKind.Pause:
                Pop.Pause(mishap.Node, mishap.Amount);
                break;
            case MishapKind.Isolate:
                Pop.Isolate(mishap.Node);
                break;
            case MishapKind.Reconnect:
                Pop.Isolate(mishap.Node, cut: false);
                break;
            case MishapKind.Cut:
                Pop.Cut(mishap.Other, Pop.MemberOf(mishap.Node));
                break;
            case MishapKind.Mend:
                Pop.Cut(mishap.Other, Pop.MemberOf(mishap.Node), cut: false);
                break;
            case MishapKind.Weather:
                (Pop.Loss, Pop.Duplication, Pop.JitterMilliseconds) = (mishap.Amount % 7 * 0.05, mishap.Amount % 5 * 0.07, mishap.Amount % 8);
                break;
            case MishapKind.Drain:
                Pop.Nodes[mishap.Node].Drain();
                break;
            case MishapKind.Undrain:
                Pop.Nodes[mishap.Node].Undrain();
                break;
            case MishapKind.Kill when _dead < 0:
                _dead = mishap.Node;
                Pop.Kill(mishap.Node);
                break;
            case MishapKind.Restart when _dead >= 0:
                Pop.Restart(_dead);
                _dead = -1;
                break;
            default:
                break;
        }
    }

    public void Traffic()
    {
        uint vni = Random.Next(2) == 0 ? Acme : Globex;
        ushort port = (ushort)(1000 + Random.Next(30));
        _ = Pop.FromSite(Random.Next(2), vni, Marked(vni, port));
        if (_endpoints.TryGetValue((vni, port), out (IPv4Address Address, ushort Port) outside))
        {
            _ = Pop.FromInternet(Random.Next(3), Udp(Remote, 53, outside.Address, outside.Port));
        }
    }

    public void Heal()
    {
        (Pop.Loss, Pop.Duplication, Pop.JitterMilliseconds) = (0, 0, 0);
        if (_dead >= 0)
        {
            Pop.Restart(_dead);
        }

        for (int node = 0; node < 3; node++)
        {
            Pop.Isolate(node, cut: false);
            Pop.Nodes[node].Undrain();
            if (!Pop.IsRunning(Pop.MemberOf(node)))
            {
                Pop.Pause(node, 0);
            }
        }
    }

    public void CheckEpochs()
    {
        for (int gateway = 0; gateway < 2; gateway++)
        {
            for (int bundle = 0; bundle < 2; bundle++)
            {
                Epoch epoch = Pop.Gateways[gateway].EpochOf(bundle);
                Epoch before = _accepted.GetValueOrDefault((gateway, bundle));
                Assert.True(epoch >= before, $"gateway {gateway} went from {before} back to {epoch} for bundle {bundle}");
                _accepted[(gateway, bundle)] = epoch;
            }
        }
    }

    public void CheckAgreement()
    {
        for (int bundle = 0; bundle < 2; bundle++)
        {
            int[] active = [.. Enumerable.Range(0, 3).Where(node => Pop.Nodes[node].RoleOf(bundle) == BundleRole.Active)];
            Assert.True(active.Length == 1, $"active for bundle {bundle}: {string.Join(", ", active)}");
            for (int gateway = 0; gateway < 2; gateway++)
            {
                Assert.Equal((gateway, active[0]), (gateway, Pop.Gateways[gateway].TargetOf(bundle)));
                Assert.Equal((gateway, Pop.Nodes[active[0]].EpochOf(bundle)), (gateway, Pop.Gateways[gateway].EpochOf(bundle)));
            }

            Assert.True(Pop.Nodes[active[0]].IsInSync(bundle), $"the backup of bundle {bundle} is not in sync");
        }
    }

    public Dictionary<(uint, ushort), (IPv4Address, ushort)> Endpoints(uint vni) => _endpoints.Where(entry => entry.Key.Vni == vni).ToDictionary();

    public Dictionary<(uint, ushort), (IPv4Address, ushort)> Ask(uint vni, IEnumerable<(uint, ushort)> flows)
    {
        _endpoints.Clear();
        foreach ((_, ushort port) in flows)
        {
            _ = Pop.FromSite(0, vni, Marked(vni, port));
            Pop.Run(30);
        }

        return Endpoints(vni);
    }

    public void Dispose() => Pop.Dispose();

    private static byte[] Marked(uint vni, ushort port)
    {
        byte[] packet = Udp(Site, port, Remote, 53, checksum: false);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(28), vni);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(32), port);
        return packet;
    }

    private void Left(int node, uint segment, byte[] packet)
    {
        uint vni = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(28));
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(32));
        Assert.Equal(vni, segment);
        FlowKey4 outside = Flow(packet);
        (IPv4Address, ushort) endpoint = (outside.Source, outside.SourcePort);
        Assert.Equal(PublicOf(vni), outside.Source);
        (uint, ushort) holder = _holders.TryAdd(endpoint, (vni, port)) ? (vni, port) : _holders[endpoint];
        Assert.True(holder == (vni, port), $"{outside.Source}:{outside.SourcePort} is {holder} and, at node {node}, {(vni, port)}");
        _endpoints[(vni, port)] = endpoint;
    }

    private void Accepted(int gateway, uint vni, int node, Epoch epoch)
    {
        int bundle = vni == Acme ? 0 : 1;
        int owner = _owners.TryAdd((bundle, epoch), node) ? node : _owners[(bundle, epoch)];
        Assert.True(owner == node, $"gateway {gateway} accepts nodes {owner} and {node} in epoch {epoch} of bundle {bundle}");
        Assert.True(epoch >= _accepted.GetValueOrDefault((gateway, bundle)), $"gateway {gateway} accepts epoch {epoch} after {_accepted.GetValueOrDefault((gateway, bundle))}");
    }
}
