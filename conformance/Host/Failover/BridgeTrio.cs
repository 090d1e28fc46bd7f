using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Bridges;
using Weft.Host.Observe;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two bridge nodes and a host, whole switches on a clock of our own: an underlay and a trunk that are hubs, and a host port. Frames take
/// no time; a switch that does not run neither hears nor acts.
/// </summary>
internal sealed class BridgeTrio : IDisposable
{
    public const int NodeA = 0, NodeB = 1, HostSwitch = 2;

    /// <summary>Numbers of the ports: the underlay first, then the trunk of a node or the port of the host's machine.</summary>
    public const int Up = 0, Edge = 1;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-trio-").FullName;
    private readonly MemoryLink[][] _links = new MemoryLink[3][];
    private readonly byte[] _buffer = new byte[4096];
    private readonly bool _hasFences;

    /// <param name="node">Keys of the nodes' bridge beside the necessary ones.</param>
    /// <param name="host">Sections of the host beside the necessary ones.</param>
    /// <param name="vtep">Keys of all tunnel endpoints beside the necessary ones.</param>
    /// <param name="hasGreen">Whether there is a second pair of the same nodes, for a VLAN of the same trunk, in which the second node is preferred.</param>
    /// <param name="fences">Witnesses of the nodes; null for none.</param>
    public BridgeTrio(string node = "", string host = "", string vtep = "", bool hasGreen = false, Func<int, IBridgeFence>? fences = null)
    {
        _hasFences = fences is not null;
        File.WriteAllText(Path.Combine(_folder, "pair.key"), "the secret of the two nodes");
        File.WriteAllText(Path.Combine(_folder, "host.key"), "the secret of nodes and hosts");
        File.WriteAllText(Path.Combine(_folder, "other.key"), "the secret of somebody else");
        for (int i = 0; i < 3; i++)
        {
            Texts[i] = Text(i, node, host, vtep);
            if (hasGreen)
            {
                Texts[i] = WithGreen(i, Texts[i]);
            }

            SwitchPlan plan = Read(i);
            _links[i] = [.. plan.Ports.Select(port => new MemoryLink(port.Name, "far", new MemoryLinkOptions { QueueFrames = 4096, MaxFrameBytes = 2000 }))];
            int place = i;
            Switches[i] = new Switch(plan, [.. _links[i].Select(link => link.Left)], new SwitchOptions { Seed = new HashSeed(1, (ulong)i + 7), Start = Now, Fences = fences is null ? null : _ => fences(place) });
            Runs[i] = true;
        }
    }

    public string[] Texts { get; } = new string[3];

    public Switch[] Switches { get; } = new Switch[3];

    /// <summary>Whether a switch runs.</summary>
    public bool[] Runs { get; } = new bool[3];

    public Timestamp Now { get; private set; } = Timestamp.FromSeconds(1000);

    /// <summary>Everything that crossed the underlay: who sent it, and the frame.</summary>
    public List<(int From, byte[] Frame)> Underlay { get; } = [];

    /// <summary>Everything that crossed the trunks.</summary>
    public List<(int From, byte[] Frame)> Vlan { get; } = [];

    /// <summary>Whether a switch is connected to the underlay, and a node to the VLANs; carriers stay.</summary>
    public bool[][] Connected { get; } = [[true, true, true], [true, true, true]];

    /// <summary>Decides whether a frame from one switch reaches another.</summary>
    public Func<int, int, byte[], bool> Delivers { get; set; } = (_, _, _) => true;

    /// <summary>A pair whose first node is active and whose second stands by.</summary>
    public static BridgeTrio Settled(string node = "", string host = "", string vtep = "")
    {
        var trio = new BridgeTrio(node, host, vtep);
        trio.Run(TimeSpan.FromSeconds(6));
        Assert.Equal(("active", "standby"), (trio.Node(NodeA).Role, trio.Node(NodeB).Role));
        return trio;
    }

    public BridgeSnapshot Node(int node, string pair = "pair") => Assert.Single(Switches[node].Snapshot(SnapshotParts.None).Bridges, bridge => bridge.Name == pair);

    public List<SwitchEvent> Events(int at, string name) => [.. Switches[at].ReadEvents(most: 5000).Events.Where(happened => happened.Name == name)];

    /// <summary>A frame comes out of a machine behind the host, or out of the VLANs at both trunks.</summary>
    public void Speak(int at, byte[] frame) => Assert.True(TrySpeak(at, frame));

    /// <summary>As <see cref="Speak"/>; false if nobody takes frames from a queue that is full.</summary>
    public bool TrySpeak(int at, byte[] frame) => _links[at][Edge].Right.TrySend(frame, Now);

    /// <summary>A frame appears on the underlay at one switch.</summary>
    public void Forge(int at, byte[] frame) => Assert.True(_links[at][Up].Right.TrySend(frame, Now));

    public SwitchPlan Read(int i)
    {
        ConfigurationResult result = ConfigurationFile.ReadText(Texts[i], Path.Combine(_folder, $"{i}.yaml"));
        SwitchPlan plan = result.Plan ?? throw new InvalidOperationException(string.Join('\n', result.Problems));
        return _hasFences ? plan with { Bridges = [.. plan.Bridges.Select(bridge => bridge with { FenceLease = TimeSpan.FromSeconds(2) })] } : plan;
    }

    /// <summary>Reads the text anew, as SIGHUP does.</summary>
    public void Reload(int i)
    {
        SwitchPlan plan = Read(i);
        while (_links[i].Length < plan.Ports.Count)
        {
            _links[i] = [.. _links[i], new MemoryLink(plan.Ports[_links[i].Length].Name, "far")];
        }

        Switches[i].Apply(plan, [.. plan.Ports.Select(port => _links[i].Single(link => link.Left.Name == port.Name).Left)]);
    }

    public void Run(TimeSpan span)
    {
        for (Timestamp end = Now + span; Now < end; Now += Tick)
        {
            for (int i = 0; i < 3; i++)
            {
                if (Runs[i])
                {
                    _ = Switches[i].RunOnce(Now);
                }
            }

            Carry(Up, Underlay);
            Carry(Edge, Vlan);
        }
    }

    public void Dispose()
    {
        for (int i = 0; i < 3; i++)
        {
            Switches[i]?.Dispose();
            foreach (MemoryLink link in _links[i] ?? [])
            {
                link.Dispose();
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Carry(int port, List<(int From, byte[] Frame)> record)
    {
        for (int from = 0; from < 3; from++)
        {
            int index = PortIndex(from, port);
            bool isReached = Connected[port][from];
            while (_links[from][index].Right.TryReceive(_buffer, Now, out int length))
            {
                byte[] frame = _buffer[..length];
                if (!isReached)
                {
                    continue;
                }

                record.Add((from, frame));
                for (int to = 0; to < 3; to++)
                {
                    // The host's machine hears the host alone.
                    bool isConnected = to != from && (port == Up || (from != HostSwitch && to != HostSwitch));
                    if (isConnected && Connected[port][to] && Delivers(from, to, frame))
                    {
                        _ = _links[to][PortIndex(to, port)].Right.TrySend(frame, Now);
                    }
                }
            }
        }
    }

    private int PortIndex(int of, int port) => Array.FindIndex(_links[of], link => link.Left.Name == (port == Up ? "up" : "edge"));

    /// <summary>Adds the second pair, which has tunnel endpoints of its own.</summary>
    private static string WithGreen(int i, string text) => i == HostSwitch
        ? text.Replace("vlan: {mode: access, id: 10}", "vlan: {mode: trunk, allowed: [20], native: 10}", StringComparison.Ordinal)
            .Replace("segments:\n", "segments:\n  - {name: green, vlan: 20, vni: 200, vtep: here, peers: [192.0.2.21, 192.0.2.22]}\n", StringComparison.Ordinal)
        : text.Replace("allowed: [10]", "allowed: [10, 20]", StringComparison.Ordinal)
            .Replace("vteps:\n", $"vteps:\n  - {{name: there, port: up, address: 192.0.2.{21 + i}/24}}\n", StringComparison.Ordinal)
            .Replace("segments:\n", $"segments:\n  - {{name: green, vlan: 20, vni: 200, vtep: there, peers: [192.0.2.10, 192.0.2.{22 - i}]}}\n", StringComparison.Ordinal)
            .Replace("bridges:\n", $"bridges:\n  - {{name: green, id: 8, node: {i + 1}, priority: {100 + i}, port: edge, segments: [green], vtep: there, peer: 192.0.2.{22 - i}, keyFile: pair.key, pathVlan: 20, bfdIntervalMilliseconds: 10, initHoldMilliseconds: 1000}}\n", StringComparison.Ordinal);

    private static string Text(int i, string node, string host, string vtep) => i == HostSwitch
        ? $$$"""
            schema: weft/1
            ports:
              - {name: up, type: tap, device: u, role: underlay, mtu: 1700}
              - {name: edge, type: tap, device: e, vlan: {mode: access, id: 10}}
            vteps:
              - {name: here, port: up, address: 192.0.2.10/24{{{vtep}}}}
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: here, peers: [192.0.2.1, 192.0.2.2]}
            {{{host}}}
            """
        : $$$"""
            schema: weft/1
            ports:
              - {name: up, type: tap, device: u, role: underlay, mtu: 1700}
              - {name: edge, type: tap, device: e, vlan: {mode: trunk, allowed: [10]}}
            vteps:
              - {name: here, port: up, address: 192.0.2.{{{i + 1}}}/24{{{vtep}}}}
            segments:
              - {name: blue, vlan: 10, vni: 100, vtep: here, peers: [192.0.2.10, 192.0.2.{{{2 - i}}}]}
            bridges:
              - {name: pair, id: 7, node: {{{i + 1}}}, priority: {{{200 - i}}}, port: edge, segments: [blue], vtep: here, peer: 192.0.2.{{{2 - i}}},
                 keyFile: pair.key, pathVlan: 10, bfdIntervalMilliseconds: 10, initHoldMilliseconds: 1000{{{node}}}}
            """;
}
