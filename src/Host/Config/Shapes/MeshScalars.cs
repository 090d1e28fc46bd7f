using System.Globalization;
using System.Text.Json.Nodes;
using Weft.Host.Config.Yaml;
using Weft.Mesh;
using Weft.Packets;

namespace Weft.Host.Config.Shapes;

/// <summary>Values that only a mesh has.</summary>
internal static class MeshScalars
{
    public static Scalar<SpiffeId> Identity { get; } = new(
        "a SPIFFE ID such as spiffe://mesh.example/web",
        (ScalarNode node, out SpiffeId value) => SpiffeId.TryParse(node.Text, out value) && value.Path.Length > 0,
        () => Text("^spiffe://.+/.+$"),
        value => value.ToString());

    public static Scalar<MeshPort> Port { get; } = new(
        "a protocol and a port such as tcp/443 or udp/53",
        TryParsePort,
        () => Text("^(tcp|udp)/[0-9]{1,5}$"),
        value => value.ToString());

    public static Scalar<MeshEndpoint> Endpoint { get; } = new(
        "an address and a port such as 192.0.2.1:15443 or [2001:db8::1]:15443",
        (ScalarNode node, out MeshEndpoint value) => MeshEndpoint.TryParse(node.Text, out value),
        () => Text("^.+:[0-9]{1,5}$"),
        value => value.ToString());

    private static bool TryParsePort(ScalarNode node, out MeshPort value)
    {
        value = default;
        string[] parts = node.Text.Split('/');
        if (parts.Length != 2 || parts[0] is not ("tcp" or "udp") || !ushort.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) || port == 0)
        {
            return false;
        }

        value = new MeshPort(port, parts[0] == "udp" ? IpProtocol.Udp : IpProtocol.Tcp);
        return true;
    }

    private static JsonObject Text(string pattern) => new() { ["type"] = "string", ["pattern"] = pattern };
}
