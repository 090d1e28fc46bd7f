using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Mesh;
using Weft.Packets;
using static Weft.Conformance.MeshTests.MeshTestBed;

namespace Weft.Conformance.HostTests;

/// <summary>The switch of samples/mesh.yaml, and frames of its applications, its agent and the network.</summary>
internal static class MeshPlans
{
    public const int App = 0, Agent = 1, Up = 2;

    public static readonly MacAddress AppMac = MacAddress.Parse("02:00:00:00:00:01");
    public static readonly MacAddress AgentMac = MacAddress.Parse("02:00:00:00:01:01");
    public static readonly MacAddress OtherMac = MacAddress.Parse("02:00:00:00:00:02");

    public static readonly MeshEndpoint Client = At("198.18.0.1:40000");
    public static readonly MeshEndpoint Service = At("198.18.0.2:5432");

    public static SwitchPlan Sample(Func<string, string>? change = null)
    {
        string text = File.ReadAllText(Repository.File("samples/mesh.yaml"));
        ConfigurationResult result = ConfigurationFile.ReadText((change ?? (same => same))(text), "mesh.yaml");
        Assert.True(result.Plan is not null, string.Join('\n', result.Problems));
        return result.Plan;
    }

    public static MeshEndpoint At(string text)
    {
        Assert.True(MeshEndpoint.TryParse(text, out MeshEndpoint endpoint), text);
        return endpoint;
    }

    public static byte[] Frame(MacAddress to, MacAddress from, byte[] packet)
    {
        byte[] frame = new byte[14 + packet.Length];
        _ = new EthernetHeader { Destination = to, Source = from, EtherType = packet[0] >> 4 == 4 ? EtherType.IPv4 : EtherType.IPv6 }.Write(frame);
        packet.CopyTo(frame, 14);
        return frame;
    }

    public static byte[] FromApp(MeshEndpoint from, MeshEndpoint to, TcpFlags flags = TcpFlags.Syn) => Frame(OtherMac, AppMac, TcpPacket(from, to, flags));

    public static byte[] FromAgent(MeshEndpoint from, MeshEndpoint to, TcpFlags flags = TcpFlags.Syn) => Frame(Weft.Host.Datapath.Redirection.MeshGate.OwnMac, AgentMac, TcpPacket(from, to, flags));

    public static byte[] FromNetwork(MeshEndpoint from, MeshEndpoint to) => Frame(AppMac, OtherMac, TcpPacket(from, to, TcpFlags.Syn));

    /// <summary>What a frame with TCP says: MAC addresses and ends.</summary>
    public static (MacAddress To, MacAddress From, MeshEndpoint Source, MeshEndpoint Destination) Read(byte[] frame)
    {
        byte[] packet = frame[14..];
        Assert.True(AddsUp(packet));
        (MeshEndpoint source, MeshEndpoint destination) = Ends(packet);
        return (MacAddress.Read(frame), MacAddress.Read(frame.AsSpan(6)), source, destination);
    }
}
