using System.Buffers.Binary;
using System.Globalization;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.NatTests.NatTestBed;
using static Weft.Conformance.SaseTests.Tenants;

namespace Weft.Conformance.SaseTests;

/// <summary>
/// Thousands of schedules of crashes, pauses, partitions, loss, repetition and reordering in simulated time. A schedule is a seed, and a failure
/// names it; <c>WEFT_SASE_SCHEDULES</c> says how many are run, <c>WEFT_SASE_SEED</c> where they begin.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class SimulationTests
{
    private const uint Acme = 1001;
    private const uint Globex = 1002;

    private static int Schedules => int.Parse(Environment.GetEnvironmentVariable("WEFT_SASE_SCHEDULES") ?? "1000", CultureInfo.InvariantCulture);

    private static int FirstSeed => int.Parse(Environment.GetEnvironmentVariable("WEFT_SASE_SEED") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public void In_every_schedule_a_gateway_accepts_one_node_an_epoch_epochs_never_go_back_and_no_public_port_is_two_tenants() => ForEachSeed(seed =>
    {
        using var run = new Run(seed, kills: seed % 3 == 0);
        run.Pop.Run(450);
        for (int i = 0; i < 500; i++)
        {
            run.Misfortune();
            run.Traffic();
            run.Pop.Run(1);
            run.CheckEpochs();
        }

        run.Heal();
        run.Pop.Run(1500);
        run.CheckAgreement();
    });

    [Fact]
    public void In_every_schedule_with_one_failure_flows_that_the_backup_acknowledged_keep_their_public_endpoint() => ForEachSeed(seed =>
    {
        using var run = new Run(seed, kills: false);
        run.Pop.Loss = run.Random.NextDouble() * 0.05;
        run.Pop.Duplication = run.Random.NextDouble() * 0.1;
        run.Pop.JitterMilliseconds = run.Random.Next(4);
        run.Pop.Run(500);
        int until = run.Random.Next(20, 150);
        for (int i = 0; i < until; i++)
        {
            run.Traffic();
            run.Pop.Run(1);
        }

        int owner = run.Pop.ActiveOf(0);
        for (int i = 0; i < 200 && !run.Pop.Nodes[owner].IsBackupCurrent(0); i++)
        {
            run.Pop.Run(1);
        }

        Assert.True(run.Pop.Nodes[owner].IsBackupCurrent(0), "the backup never caught up");
        Dictionary<(uint, ushort), (IPv4Address, ushort)> before = run.Endpoints(Acme);
        int kind = run.Random.Next(3);
        switch (kind)
        {
            case 0:
                run.Pop.Kill(owner);
                break;
            case 1:
                run.Pop.Pause(owner, run.Random.Next(40, 400));
                break;
            default:
                run.Pop.Isolate(owner);
                break;
        }

        run.Pop.Run(500);

        // Who only stood still may be the owner again, if nobody has noticed.
        Assert.True(kind == 1 || owner != run.Pop.ActiveOf(0), "nobody took over");
        run.Pop.Loss = 0;
        Assert.Equal(before, run.Ask(Acme, before.Keys));
    });

    private static void ForEachSeed(Action<int> run)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seeds {FirstSeed} to {FirstSeed + Schedules - 1}");
        for (int seed = FirstSeed; seed < FirstSeed + Schedules; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }
        }
    }

    private sealed class Run : IDisposable
    {
        private readonly Dictionary<(int Gateway, int Bundle), Epoch> _accepted = [];
        private readonly Dictionary<(int Bundle, Epoch Epoch), int> _owners = [];
        private readonly Dictionary<(IPv4Address, ushort), (uint, ushort)> _holders = [];
        private readonly Dictionary<(uint Vni, ushort Port), (IPv4Address, ushort)> _endpoints = [];
        private readonly bool _kills;
        private int _dead = -1;

        public Run(int seed, bool kills)
        {
            (Random, _kills) = (new Random(seed), kills);
            Pop = new Pop(2, 3, [Make(Acme), Make(Globex, 1)], seed)
            {
                OnUplink = Left,
                OnAccepted = Accepted,
            };
        }

        public Pop Pop { get; }

        public Random Random { get; }

        public void Misfortune()
        {
            int node = Random.Next(3);
            switch (Random.Next(60))
            {
                case 0:
                    Pop.Pause(node, Random.Next(5, 200));
                    break;
                case 1:
                    Pop.Isolate(node, Random.Next(2) == 0);
                    break;
                case 2:
                    Pop.Cut(Random.Next(5), Pop.MemberOf(node), Random.Next(2) == 0);
                    break;
                case 3:
                    (Pop.Loss, Pop.Duplication, Pop.JitterMilliseconds) = (Random.NextDouble() * 0.3, Random.NextDouble() * 0.3, Random.Next(8));
                    break;
                case 4 when _kills && _dead < 0:
                    _dead = node;
                    Pop.Kill(node);
                    break;
                case 5 when _dead >= 0:
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
                Pop.Run(8);
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
}
