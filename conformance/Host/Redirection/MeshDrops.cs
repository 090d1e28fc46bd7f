using Weft.Host.Datapath;
using Weft.Mesh;
using Weft.Packets;
using static Weft.Conformance.HostTests.MeshPlans;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>What makes a mesh drop a packet, by reason.</summary>
internal static class MeshDrops
{
    public static Dictionary<DropReason, Func<Dictionary<string, long>>> Producers { get; } = new()
    {
        [DropReason.MeshMalformed] = () => After(App, FromApp(Client, Service)[..30]),
        [DropReason.MeshFragment] = () => After(App, Fragment()),
        [DropReason.MeshLoopbackLeak] = () => After(Up, FromNetwork(At("100.64.0.9:1"), Client)),
        [DropReason.MeshSpoofedLoopback] = () => After(Agent, FromAgent(At("100.64.9.9:1"), At("100.64.192.1:8080"))),
        [DropReason.MeshNoRecord] = () => After(App, FromApp(Client, Service, TcpFlags.Ack)),
        [DropReason.MeshTableFull] = () =>
        {
            using var rig = new SwitchRig(Sample(text => text.Replace("  self: web", "  flows: 16\n  self: web", StringComparison.Ordinal)));
            for (int port = 1; port <= 17; port++)
            {
                rig.Send(App, FromApp(Client with { Port = (ushort)port }, Service));
            }

            return rig.Run().Drops();
        },
        [DropReason.MeshClash] = Clash,
        [DropReason.MeshPlaintext] = () => After(Up, FromNetwork(Service, At("198.18.0.1:8080"))),
    };

    private static Dictionary<string, long> After(int port, byte[] frame)
    {
        using var rig = new SwitchRig(Sample());
        return rig.Pass(port, frame).Drops();
    }

    private static byte[] Fragment()
    {
        byte[] frame = FromApp(Client, Service);
        frame[20] = 0x20;
        return frame;
    }

    /// <summary>A machine leaves, another gets its number before its connections are gone, and a client happens to use the same port.</summary>
    private static Dictionary<string, long> Clash()
    {
        using var rig = new SwitchRig(Sample());
        rig.Pass(App, FromApp(Client, Service));
        rig.Switch.Apply(
            Sample(text => text.Replace("spiffe://mesh.example/db", "spiffe://mesh.example/other", StringComparison.Ordinal).Replace("[198.18.0.2, ", "[198.18.0.3, ", StringComparison.Ordinal)),
            [.. Enumerable.Range(0, 3).Select(port => rig.Link(port).Left)]);
        return rig.Pass(App, FromApp(Client, At("198.18.0.3:5432"))).Drops();
    }
}
