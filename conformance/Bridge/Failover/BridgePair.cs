using Weft.Bridge;
using Weft.Packets;

namespace Weft.Conformance.BridgeTests;

/// <summary>
/// Two nodes, the messages between them, a physical switch that learns sources, and hosts that do, on a clock of our own. What
/// happens to messages is decided by the test.
/// </summary>
internal sealed class BridgePair : IDisposable
{
    public const ushort Vlan = 10;
    public const int Port = 0;
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan Detection = TimeSpan.FromMilliseconds(30);

    private readonly List<(Timestamp At, int To, byte[] Bytes)> _wire = [];
    private readonly Timestamp[] _cutSince = [Timestamp.MaxValue, Timestamp.MaxValue];
    private readonly Timestamp[] _backAt = new Timestamp[2];
    private readonly Func<int, BridgeNodeOptions, BridgeNodeOptions>? _adjust;

    /// <summary>Time that a session which was down needs to come up again.</summary>
    private static readonly TimeSpan Handshake = TimeSpan.FromSeconds(1);

    public BridgePair(Func<int, BridgeNodeOptions, BridgeNodeOptions>? adjust = null)
    {
        _adjust = adjust;
        Begin(0);
        Begin(1);
    }

    public BridgeNode[] Nodes { get; } = new BridgeNode[2];

    public FilteringDatabase[] Macs { get; } = new FilteringDatabase[2];

    /// <summary>Whether a node runs: a frozen one neither hears nor acts.</summary>
    public bool[] Alive { get; } = new bool[2];

    public Timestamp Now { get; private set; } = Timestamp.FromSeconds(100);

    /// <summary>Whether a path between the nodes is cut: overlay, VLAN.</summary>
    public bool[] Cut { get; } = new bool[2];

    /// <summary>Whether messages between the nodes are lost although the paths work.</summary>
    public bool SyncCut { get; set; }

    /// <summary>What becomes of a message: delays of its copies, none if it is lost.</summary>
    public Func<byte[], TimeSpan[]> Transport { get; set; } = _ => [TimeSpan.Zero];

    /// <summary>Where the physical switch sends frames for an address: the node whose port it heard it at last.</summary>
    public Dictionary<MacAddress, int> PhysicalSwitch { get; } = [];

    /// <summary>Where the hosts of the overlay send frames for an address.</summary>
    public Dictionary<MacAddress, int> Hosts { get; } = [];

    public List<(int Node, BridgeSide Side, ushort Vlan, byte[] Frame)> Announcements { get; } = [];

    public List<byte[]> FlushRequests { get; } = [];

    /// <summary>Loop probes, whoever sent them.</summary>
    public List<byte[]> Probes { get; } = [];

    /// <summary>Milliseconds in which both nodes forwarded.</summary>
    public int BothForwarded { get; private set; }

    public static MacAddress Machine(int number) => new(0x0200_0000_1000UL + (uint)number);

    public static BridgeNodeOptions Options(int node) => new()
    {
        Bridge = 0xB1D6E,
        Node = (ushort)(node + 1),
        Priority = (byte)(node == 0 ? 200 : 100),
        Key = new byte[] { 1, 2, 3, 4 },
        Incarnation = 1000,
        Port = Port,
        Vlans = [Vlan, 11],
        PeerVtep = 0,
        Mac = new MacAddress(0x0200_0000_0100UL + (uint)node),
        Seed = new HashSeed(3, (ulong)node),
        Capacity = 2048,
        InitHold = TimeSpan.FromMilliseconds(200),
        OrphanHold = TimeSpan.FromMilliseconds(800),
        MaxGap = TimeSpan.FromMilliseconds(20),
        DigestInterval = TimeSpan.FromMilliseconds(200),
        PreemptHold = TimeSpan.FromMilliseconds(500),
        LoopHold = TimeSpan.FromMilliseconds(500),
    };

    /// <summary>A pair whose first node is active and whose second stands by.</summary>
    public static BridgePair Settled(Func<int, BridgeNodeOptions, BridgeNodeOptions>? adjust = null)
    {
        var pair = new BridgePair(adjust);
        pair.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(BridgeRole.Active, pair.Nodes[0].Role);
        Assert.Equal(BridgeRole.Standby, pair.Nodes[1].Role);
        // From here on only what the test causes is counted.
        pair.Announcements.Clear();
        pair.FlushRequests.Clear();
        pair.BothForwarded = 0;
        return pair;
    }

    /// <summary>Builds the filtering database of a node anew, as a reload does, with its entries carried over.</summary>
    public FilteringDatabase Rebuild(int node, int port, MacAddress except)
    {
        FilteringDatabase old = Macs[node];
        var next = new FilteringDatabase(new FilteringDatabaseOptions { PortCount = 2, VtepCount = 3, Seed = new HashSeed(7, 8), JournalCapacity = 1024, Start = Now, Capacity = 4096 });
        var walk = new FilteringEntry[64];
        int cursor = 0;
        do
        {
            int count = old.CopyTo(ref cursor, walk, Now);
            foreach (FilteringEntry entry in walk.AsSpan(0, count))
            {
                if (entry.Mac != except)
                {
                    BridgeLocation where = entry.Where == BridgeLocation.Port(Port) ? BridgeLocation.Port(port) : entry.Where;
                    next.Learn(entry.Vlan, entry.Mac, where, Now - entry.Age);
                }
            }
        }
        while (cursor != 0);
        Macs[node] = next;
        Nodes[node].Rebind(next, port, peerVtep: 0);
        old.Dispose();
        return next;
    }

    /// <summary>A node's process died, and another one begins without anything that it knew.</summary>
    public void Restart(int node)
    {
        Nodes[node].Dispose();
        Macs[node].Dispose();
        Begin(node);
    }

    public void Run(TimeSpan span)
    {
        for (Timestamp end = Now + span; Now < end;)
        {
            Step();
        }
    }

    /// <summary>Runs until something holds.</summary>
    /// <returns>Time that it took.</returns>
    public TimeSpan Until(Func<bool> holds, TimeSpan atMost)
    {
        Timestamp start = Now;
        while (!holds() && Now - start < atMost)
        {
            Step();
        }

        Assert.True(holds(), $"not within {atMost}: {Nodes[0].Role} ({Nodes[0].Cause}) and {Nodes[1].Role} ({Nodes[1].Cause})");
        return Now - start;
    }

    /// <summary>A machine behind the VLANs speaks.</summary>
    public void SpeakOnVlan(int machine)
    {
        for (int i = 0; i < 2; i++)
        {
            if (Alive[i] && Nodes[i].Forwards)
            {
                Macs[i].Learn(Vlan, Machine(machine), BridgeLocation.Port(Port), Now);
                Hosts[Machine(machine)] = i;
            }
        }
    }

    /// <summary>A machine of the overlay speaks; both nodes hear it from its host's tunnel.</summary>
    public void SpeakOnOverlay(int machine)
    {
        for (int i = 0; i < 2; i++)
        {
            if (Alive[i])
            {
                Macs[i].Learn(Vlan, Machine(machine), BridgeLocation.Vtep(1), Now);
                if (Nodes[i].Forwards)
                {
                    PhysicalSwitch[Machine(machine)] = i;
                }
            }
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < 2; i++)
        {
            Nodes[i].Dispose();
            Macs[i].Dispose();
        }
    }

    private void Begin(int node)
    {
        Macs[node] = new FilteringDatabase(new FilteringDatabaseOptions { PortCount = 2, VtepCount = 3, Seed = new HashSeed(1, 2), JournalCapacity = 1024, Start = Now, Capacity = 4096 });
        // As from a wall clock: later than at any earlier start.
        BridgeNodeOptions options = Options(node) with { Incarnation = 1000 + (uint)((Now - Timestamp.FromSeconds(100)).TotalMilliseconds) };
        Nodes[node] = new BridgeNode(_adjust is null ? options : _adjust(node, options), Macs[node], Now);
        Nodes[node].Enable(Now);
        Alive[node] = true;
    }

    private void Step()
    {
        Now += Tick;
        for (int i = 0; i < 2; i++)
        {
            if (Alive[i])
            {
                var sink = new Sink(this, i);
                Nodes[i].Poll(Now, ref sink);
                Macs[i].Advance(Now);
            }
        }

        // As in the host: whether a node slept decides before what its sessions say of the other one.
        Watch();
        foreach ((Timestamp at, int to, byte[] bytes) in _wire.Where(message => message.At <= Now).ToArray())
        {
            _wire.Remove((at, to, bytes));
            if (Alive[to])
            {
                Nodes[to].Receive(bytes, Now);
            }
        }

        BothForwarded += Alive[0] && Alive[1] && Nodes[0].Forwards && Nodes[1].Forwards ? 1 : 0;
    }

    /// <summary>What BFD would say: a path is down when the other end was silent for the detection time.</summary>
    private void Watch()
    {
        for (int path = 0; path < 2; path++)
        {
            bool broken = Cut[path] || !Alive[0] || !Alive[1];
            _cutSince[path] = !broken ? Timestamp.MaxValue : _cutSince[path] == Timestamp.MaxValue ? Now : _cutSince[path];
            bool detected = broken && Now - _cutSince[path] >= Detection;
            _backAt[path] = detected ? Now + Handshake : _backAt[path];
            bool down = detected || Now < _backAt[path];
            for (int i = 0; i < 2; i++)
            {
                BridgePathState known = path == 0 ? Nodes[i].OverlayPath : Nodes[i].VlanPath;
                BridgePathState now = down ? BridgePathState.Down : BridgePathState.Up;
                if (Alive[i] && known != now && !(down && known == BridgePathState.Unknown))
                {
                    Nodes[i].SetPath((BridgePath)path, now, Now);
                }
            }
        }
    }

    private readonly struct Sink(BridgePair pair, int node) : IBridgeNodeSink
    {
        public void ToPeer(ReadOnlySpan<byte> message)
        {
            byte[] bytes = message.ToArray();
            if (!pair.Cut[0] && !pair.SyncCut)
            {
                foreach (TimeSpan delay in pair.Transport(bytes))
                {
                    pair._wire.Add((pair.Now + delay, 1 - node, bytes));
                }
            }
        }

        public void ToHosts(ReadOnlySpan<byte> message) => pair.FlushRequests.Add(message.ToArray());

        public void ToVlan(ushort vlan, ReadOnlySpan<byte> frame)
        {
            if (frame[12] == 0x80 || frame[16] == 0x80)
            {
                pair.Announcements.Add((node, BridgeSide.Vlan, vlan, frame.ToArray()));
                pair.PhysicalSwitch[MacAddress.Read(frame[6..])] = node;
            }
            else
            {
                pair.Probes.Add(frame.ToArray());
                if (!pair.Cut[1] && pair.Alive[1 - node])
                {
                    pair.Nodes[1 - node].ReceiveProbe(frame, pair.Now);
                }
            }
        }

        public void ToOverlay(ushort vlan, ReadOnlySpan<byte> frame)
        {
            pair.Announcements.Add((node, BridgeSide.Overlay, vlan, frame.ToArray()));
            pair.Hosts[MacAddress.Read(frame[6..])] = node;
        }
    }
}
